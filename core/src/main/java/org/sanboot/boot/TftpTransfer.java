package org.sanboot.boot;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.sanboot.boot.TftpPacket.ErrorCode;
import org.sanboot.boot.TftpPacket.MalformedException;

/** Sends one file to one client, block by block; confined to one thread. */
final class TftpTransfer {

    private static final int DEFAULT_BLOCK = 512;

    /** Fits into an Ethernet frame: some firmware cannot put fragments together. */
    private static final int LARGEST_BLOCK = 1468;

    private static final int FEWEST_TRIES = 6;

    /**
     * For how long a client may be silent. EDK2's PXE has a time-out of 4 s and 6 tries, and when the transfer it asks for
     * is gone by then, it goes through its other boot options before it begins anew.
     */
    private static final long PATIENCE_MILLISECONDS = 30_000;

    private final DatagramSocket socket;
    private final InetSocketAddress client;
    private final byte[] file;
    private final Map<String, String> granted = new LinkedHashMap<>();
    private int blockSize = DEFAULT_BLOCK;
    private long timeoutMilliseconds = 1000;

    TftpTransfer(DatagramSocket socket, InetSocketAddress client, byte[] file, Map<String, String> options) {
        this.socket = socket;
        this.client = client;
        this.file = file;
        options.forEach(this::grant);
    }

    /** An option that is not known, or whose value is none, is passed over in silence (RFC 2347). */
    private void grant(String name, String value) {
        switch (name) {
            case "blksize" ->
                number(value, 8, 65464).ifPresent(size -> {
                    blockSize = Math.min(size, LARGEST_BLOCK);
                    granted.put(name, String.valueOf(blockSize));
                });
            case "timeout" ->
                number(value, 1, 255).ifPresent(seconds -> {
                    timeoutMilliseconds = TimeUnit.SECONDS.toMillis(seconds);
                    granted.put(name, value);
                });
            case "tsize" -> granted.put(name, String.valueOf(file.length));
            default -> {}
        }
    }

    private static OptionalInt number(String value, int smallest, int largest) {
        if (!value.matches("\\d{1,5}")) {
            return OptionalInt.empty();
        }
        int number = Integer.parseInt(value);
        return number < smallest || number > largest ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Ends when the client has everything, wants no more, or is silent. */
    void run() throws IOException {
        if (!granted.isEmpty() && !deliver(TftpPacket.optionAcknowledgment(granted), 0)) {
            return;
        }
        // The last block is shorter than the others, and empty when the file ends with a full one (RFC 1350, section
        // 6).
        for (int from = 0, block = 1; from <= file.length; from += blockSize, block++) {
            int length = Math.min(blockSize, file.length - from);
            if (!deliver(TftpPacket.data(block, file, from, length), block & 0xffff)) {
                return;
            }
        }
    }

    /**
     * Sends until it is acknowledged. An acknowledgment of an earlier block is not answered: two copies of each packet would
     * otherwise go to and fro until the end (RFC 1123, section 4.2.3.1).
     */
    private boolean deliver(byte[] packet, int block) throws IOException {
        long tries = Math.max(FEWEST_TRIES, PATIENCE_MILLISECONDS / timeoutMilliseconds);
        for (long attempt = 0; attempt < tries; attempt++) {
            socket.send(new DatagramPacket(packet, packet.length, client));
            Reply reply = awaitReply(block);
            if (reply != Reply.NONE) {
                return reply == Reply.ACKNOWLEDGED;
            }
        }
        return false;
    }

    private Reply awaitReply(int block) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMilliseconds);
        Reply reply = Reply.OTHER;
        for (long left = timeoutMilliseconds; left > 0 && reply == Reply.OTHER; left = millisecondsUntil(deadline)) {
            reply = receive((int) left, block);
        }
        return reply == Reply.OTHER ? Reply.NONE : reply;
    }

    private static long millisecondsUntil(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    private enum Reply {
        ACKNOWLEDGED,
        ENDED,
        OTHER,
        NONE
    }

    private Reply receive(int timeout, int block) throws IOException {
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        socket.setSoTimeout(timeout);
        try {
            socket.receive(reply);
        } catch (SocketTimeoutException e) {
            return Reply.NONE;
        }
        if (!reply.getSocketAddress().equals(client)) {
            byte[] error = TftpPacket.error(ErrorCode.UNKNOWN_TRANSFER, "this transfer is another's");
            socket.send(new DatagramPacket(error, error.length, reply.getSocketAddress()));
            return Reply.OTHER;
        }
        try {
            TftpPacket packet = TftpPacket.parse(ByteBuffer.wrap(reply.getData(), 0, reply.getLength()));
            if (packet instanceof TftpPacket.ErrorPacket) {
                return Reply.ENDED;
            }
            return packet instanceof TftpPacket.Acknowledgment acknowledgment && acknowledgment.block() == block
                    ? Reply.ACKNOWLEDGED
                    : Reply.OTHER;
        } catch (MalformedException e) {
            return Reply.OTHER;
        }
    }
}
