package org.sanboot.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The packets of TFTP (RFC 1350) with options (RFC 2347) that a read-only server meets; no I/O. */
sealed interface TftpPacket {

    /** Error codes (RFC 1350, appendix; RFC 2347). */
    enum ErrorCode {
        UNDEFINED(0),
        FILE_NOT_FOUND(1),
        ACCESS_VIOLATION(2),
        ILLEGAL_OPERATION(4),
        UNKNOWN_TRANSFER(5);

        private final int code;

        ErrorCode(int code) {
            this.code = code;
        }
    }

    /** A packet that is none. */
    final class MalformedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String reason;

        MalformedException(String reason) {
            super(reason);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    /** RRQ; option names are in lower case. */
    record ReadRequest(String file, String mode, Map<String, String> options) implements TftpPacket {}

    /** WRQ, which is refused whatever it says. */
    record WriteRequest() implements TftpPacket {}

    /** ACK. */
    record Acknowledgment(int block) implements TftpPacket {}

    /** ERROR, which ends a transfer. */
    record ErrorPacket(int code, String message) implements TftpPacket {}

    static TftpPacket parse(ByteBuffer bytes) throws MalformedException {
        if (bytes.remaining() < 4) {
            throw new MalformedException("shorter than any packet");
        }
        int operation = Short.toUnsignedInt(bytes.getShort());
        return switch (operation) {
            case 1 -> readRequest(bytes);
            case 2 -> new WriteRequest();
            case 4 -> new Acknowledgment(Short.toUnsignedInt(bytes.getShort()));
            case 5 -> new ErrorPacket(Short.toUnsignedInt(bytes.getShort()), lenientString(bytes));
            default -> throw new MalformedException("operation " + operation);
        };
    }

    private static ReadRequest readRequest(ByteBuffer bytes) throws MalformedException {
        String file = string(bytes);
        String mode = string(bytes).toLowerCase(Locale.ROOT);
        Map<String, String> options = new LinkedHashMap<>();
        while (bytes.hasRemaining()) {
            // Some firmware pads its request with zero bytes.
            if (bytes.get(bytes.position()) == 0) {
                bytes.get();
                continue;
            }
            String name = string(bytes).toLowerCase(Locale.ROOT);
            options.putIfAbsent(name, string(bytes));
        }
        return new ReadRequest(file, mode, options);
    }

    private static String string(ByteBuffer bytes) throws MalformedException {
        int start = bytes.position();
        while (bytes.hasRemaining()) {
            if (bytes.get() == 0) {
                return new String(bytes.array(), bytes.arrayOffset() + start, bytes.position() - start - 1, US_ASCII);
            }
        }
        throw new MalformedException("a string without an end");
    }

    private static String lenientString(ByteBuffer bytes) {
        return US_ASCII.decode(bytes).toString().replaceAll("[^ -~]", "");
    }

    static byte[] data(int block, byte[] file, int from, int length) {
        return ByteBuffer.allocate(4 + length)
                .putShort((short) 3)
                .putShort((short) block)
                .put(file, from, length)
                .array();
    }

    static byte[] error(ErrorCode code, String message) {
        byte[] text = message.getBytes(US_ASCII);
        return ByteBuffer.allocate(5 + text.length)
                .putShort((short) 5)
                .putShort((short) code.code)
                .put(text)
                .array();
    }

    /** OACK: the options that are granted. */
    static byte[] optionAcknowledgment(Map<String, String> options) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0);
        bytes.write(6);
        options.forEach((name, value) -> {
            bytes.writeBytes(name.getBytes(US_ASCII));
            bytes.write(0);
            bytes.writeBytes(value.getBytes(US_ASCII));
            bytes.write(0);
        });
        return bytes.toByteArray();
    }
}
