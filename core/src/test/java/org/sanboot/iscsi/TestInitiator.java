package org.sanboot.iscsi;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.Digest;
import org.sanboot.iscsi.pdu.InitiatorPdu;
import org.sanboot.iscsi.pdu.LoginRequest;
import org.sanboot.iscsi.pdu.LoginResponse;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.ScsiResponse;
import org.sanboot.iscsi.pdu.TargetPdu;
import org.sanboot.iscsi.pdu.TextKeys;

/** An initiator under full control of a test: it sends whatever it is told to, right or wrong. */
public final class TestInitiator implements AutoCloseable {

    public static final String NAME = "iqn.2026-01.org.sanboot:initiator";

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final Digest digest = new Digest();
    private boolean headerDigest;
    private boolean dataDigest;
    private int cmdSN = 1;
    private int itt;

    /** What the target sent. */
    public record Reply(TargetPdu pdu, byte[] data) {}

    /** How a SCSI command ended. */
    public record Outcome(ScsiResponse response, byte[] data, byte[] sense) {

        /** GOOD comes as status 0, with the data or alone. */
        public int status() {
            return response == null ? 0 : response.status();
        }

        /** Sense key, code and qualifier as one number, like 0x052400. */
        public int senseCode() {
            return (sense[2] & 0xF) << 16 | (sense[12] & 0xFF) << 8 | sense[13] & 0xFF;
        }
    }

    public TestInitiator(InetSocketAddress portal) throws IOException {
        socket = new Socket(portal.getAddress(), portal.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 65_536));
        out = socket.getOutputStream();
    }

    /** Logs in without security, with these operational keys beside the defaults. */
    public LoginResponse login(String target, long isid, Map<String, String> keys) throws IOException {
        return login(NAME, target, isid, keys);
    }

    public LoginResponse login(String initiator, String target, long isid, Map<String, String> keys)
            throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("InitiatorName", initiator);
        if (target == null) {
            all.put("SessionType", "Discovery");
        } else {
            all.put("SessionType", "Normal");
            all.put("TargetName", target);
        }
        all.putAll(keys);
        send(new LoginRequest(true, false, 1, 3, 0, isid, 0, ++itt, 0, cmdSN, 1), text(all));
        Reply reply = receive();
        LoginResponse response = (LoginResponse) reply.pdu();
        Map<String, String> agreed = TextKeys.parse(reply.data());
        headerDigest = "CRC32C".equals(agreed.get("HeaderDigest"));
        dataDigest = "CRC32C".equals(agreed.get("DataDigest"));
        return response;
    }

    public static byte[] text(Map<String, String> keys) {
        return TextKeys.encode(List.copyOf(keys.entrySet()));
    }

    public static byte[] text(String... pairs) {
        return (String.join("\0", pairs) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    public int localPort() {
        return socket.getLocalPort();
    }

    public int nextTag() {
        return ++itt;
    }

    public int nextCmdSN() {
        return cmdSN++;
    }

    public int cmdSN() {
        return cmdSN;
    }

    public void send(InitiatorPdu pdu, byte[] data) throws IOException {
        int padded = data.length + BasicHeader.padding(data.length);
        ByteBuffer buffer = ByteBuffer.allocate(BasicHeader.LENGTH + padded + 2 * Digest.LENGTH);
        pdu.encode(buffer, data.length);
        buffer.position(BasicHeader.LENGTH);
        if (headerDigest) {
            buffer.putInt(digest.of(buffer, 0, BasicHeader.LENGTH));
        }
        int start = buffer.position();
        buffer.put(data).position(start + padded);
        if (dataDigest && data.length > 0) {
            buffer.putInt(digest.of(buffer, start, padded));
        }
        sendBytes(java.util.Arrays.copyOf(buffer.array(), buffer.position()));
    }

    public void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public Reply receive() throws IOException {
        byte[] header = in.readNBytes(BasicHeader.LENGTH);
        if (header.length < BasicHeader.LENGTH) {
            throw new java.io.EOFException("The target closed the connection");
        }
        ByteBuffer buffer = ByteBuffer.wrap(header);
        if (headerDigest && in.readInt() != digest.of(buffer, 0, header.length)) {
            throw new IOException("Header digest error");
        }
        int length = BasicHeader.dataSegmentLength(buffer);
        byte[] data = in.readNBytes(length + BasicHeader.padding(length));
        if (dataDigest && length > 0 && in.readInt() != digest.of(ByteBuffer.wrap(data), 0, data.length)) {
            throw new IOException("Data digest error");
        }
        return new Reply(TargetPdu.parse(buffer), java.util.Arrays.copyOf(data, length));
    }

    /** Sends a command that expects data from the target, or none. */
    public int sendRead(long lun, byte[] cdb, int expected) throws IOException {
        int tag = nextTag();
        send(
                new ScsiCommand(false, true, expected > 0, false, 1, lun, tag, expected, nextCmdSN(), 0, padded(cdb)),
                new byte[0]);
        return tag;
    }

    /** Sends a command with data, all of it immediate or solicited. */
    public int sendWrite(long lun, byte[] cdb, int expected, byte[] immediate) throws IOException {
        int tag = nextTag();
        send(new ScsiCommand(false, true, false, true, 1, lun, tag, expected, nextCmdSN(), 0, padded(cdb)), immediate);
        return tag;
    }

    /** Runs a command to its end. */
    public Outcome read(byte[] cdb, int expected) throws IOException {
        return finish(sendRead(0, cdb, expected), expected);
    }

    public Outcome write(byte[] cdb, byte[] data) throws IOException {
        return finish(sendWrite(0, cdb, data.length, data), 0);
    }

    /** Collects data and status of a command. */
    public Outcome finish(int tag, int expected) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(expected);
        while (true) {
            Reply reply = receive();
            if (reply.pdu() instanceof DataIn part && part.initiatorTaskTag() == tag) {
                data.position(part.bufferOffset()).put(reply.data());
                if (part.carriesStatus()) {
                    return new Outcome(null, collected(data), new byte[0]);
                }
            } else if (reply.pdu() instanceof ScsiResponse response && response.initiatorTaskTag() == tag) {
                byte[] sense = reply.data().length > 2
                        ? java.util.Arrays.copyOfRange(reply.data(), 2, reply.data().length)
                        : new byte[0];
                return new Outcome(response, collected(data), sense);
            } else {
                throw new IOException("Unexpected " + reply.pdu());
            }
        }
    }

    private static byte[] collected(ByteBuffer data) {
        return java.util.Arrays.copyOf(data.array(), data.position());
    }

    public static byte[] padded(byte[] cdb) {
        return java.util.Arrays.copyOf(cdb, 16);
    }

    /** Tells whether the target closed the connection. */
    public boolean isClosedByTarget() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
