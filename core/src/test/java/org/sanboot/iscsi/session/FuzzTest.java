package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.InitiatorPdu;
import org.sanboot.iscsi.pdu.LoginRequest;
import org.sanboot.iscsi.pdu.LogoutRequest;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.SnackRequest;
import org.sanboot.iscsi.pdu.TaskManagementRequest;
import org.sanboot.iscsi.pdu.TextKeys;
import org.sanboot.iscsi.pdu.TextRequest;

/**
 * Mutated PDUs, from a seed. {@code -Dsanboot.fuzz.pdus=10000000} makes the run long, {@code -Dsanboot.fuzz.seed=N} another
 * one.
 */
class FuzzTest {

    private static final long PDUS = Long.getLong("sanboot.fuzz.pdus", 100_000);
    private static final long SEED = Long.getLong("sanboot.fuzz.seed", 20_260_101);

    /** How many PDUs go out before the connection is given up and its answers are counted. */
    private static final int PER_CONNECTION = 200;

    private static final Iqn NEIGHBOUR = new Iqn("iqn.2026-01.org.sanboot:neighbour");

    private final Random random = new Random(SEED);

    @Test
    void the_parser_takes_any_48_bytes_or_says_why_not() {
        byte[] header = new byte[BasicHeader.LENGTH];
        byte[] again = new byte[BasicHeader.LENGTH];
        long parsed = 0;
        for (long i = 0; i < PDUS * 10; i++) {
            random.nextBytes(header);
            try {
                ByteBuffer in = ByteBuffer.wrap(header);
                InitiatorPdu pdu = InitiatorPdu.parse(in);
                pdu.encode(ByteBuffer.wrap(again), BasicHeader.dataSegmentLength(in));
                assertThat(InitiatorPdu.parse(ByteBuffer.wrap(again)).initiatorTaskTag())
                        .isEqualTo(pdu.initiatorTaskTag());
                parsed++;
            } catch (ProtocolException e) {
                assertThat(e).hasMessageContaining("operation code");
            }
        }
        assertThat(parsed).isPositive();
    }

    @Test
    void the_text_parser_takes_any_bytes_or_says_why_not() {
        for (long i = 0; i < PDUS; i++) {
            byte[] text = new byte[random.nextInt(64)];
            random.nextBytes(text);
            try {
                assertThat(TextKeys.parse(text)).isNotNull();
            } catch (ProtocolException e) {
                assertThat(e).hasMessageMatching("Text without a key.*|A key was given twice");
            }
        }
    }

    @Test
    void a_live_target_survives_anything_and_so_do_sessions_that_are_none_of_its_business() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (LiveTarget target = new LiveTarget();
                Export neighbour = target.server.export(ExportConfiguration.named(NEIGHBOUR)
                        .lun(0, new MemoryDisk(1 << 20))
                        .build());
                TestInitiator bystander = target.connect()) {
            bystander.login(NEIGHBOUR.value(), 1, LiveTarget.FAST);
            byte[] precious = new byte[4096];
            random.nextBytes(precious);
            bystander.write(Cdbs.write10(0, 8), precious);
            for (long sent = 0; sent < PDUS; ) {
                sent += abuse(target);
                assertThat(bystander.read(Cdbs.read10(0, 8), 4096).data()).isEqualTo(precious);
            }
            await("all other sessions to end")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> target.export.statistics().sessionsNow() == 0);
            // A session ends while the disk still works for what it left.
            await("the disk to come to rest").until(() -> target.disk.busy() == 0);
            assertThat(neighbour.statistics().sessionsTotal()).isEqualTo(1);
        } finally {
            System.setErr(before);
        }
        // Uncaught exceptions show here as well as what is logged above debug.
        assertThat(log.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    private long abuse(LiveTarget target) throws IOException {
        long sent = 0;
        try (TestInitiator initiator = target.connect()) {
            if (random.nextInt(4) != 0) {
                initiator.login(LiveTarget.NAME.value(), 1 + random.nextInt(3), LiveTarget.FAST);
            }
            Thread drain = drain(initiator);
            try {
                while (sent < PER_CONNECTION) {
                    initiator.sendBytes(mutated(initiator));
                    sent++;
                }
            } catch (IOException e) {
                // The target had enough, as it may.
                sent++;
            } finally {
                initiator.close();
                join(drain);
            }
        }
        return sent;
    }

    private static Thread drain(TestInitiator initiator) {
        Thread drain = new Thread(() -> {
            try {
                while (true) {
                    initiator.receive();
                }
            } catch (IOException | RuntimeException e) {
                // The connection is over.
            }
        });
        drain.start();
        return drain;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Makes a PDU that is nearly right, and then changes some of it. */
    private byte[] mutated(TestInitiator initiator) {
        byte[] data = new byte[random.nextInt(8) == 0 ? random.nextInt(2048) : 0];
        random.nextBytes(data);
        InitiatorPdu pdu = plausible(initiator, data);
        byte[] bytes = new byte[BasicHeader.LENGTH + data.length + BasicHeader.padding(data.length)];
        pdu.encode(ByteBuffer.wrap(bytes), data.length);
        System.arraycopy(data, 0, bytes, BasicHeader.LENGTH, data.length);
        if (random.nextInt(3) == 0) {
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) interesting();
            }
        }
        return random.nextInt(100) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private int interesting() {
        return List.of(0, 1, 0x7F, 0x80, 0xFF, random.nextInt(256)).get(random.nextInt(6));
    }

    private InitiatorPdu plausible(TestInitiator initiator, byte[] data) {
        int tag = 1 + random.nextInt(8);
        boolean immediate = random.nextInt(4) == 0;
        int cmdSN = immediate ? initiator.cmdSN() : initiator.nextCmdSN();
        long lun = random.nextInt(16) == 0 ? random.nextLong() : (long) random.nextInt(3) << 48;
        return switch (random.nextInt(12)) {
            case 0 -> new NopOut(immediate, lun, tag, BasicHeader.NO_TAG, cmdSN, 0);
            case 1 ->
                new TaskManagementRequest(immediate, random.nextInt(10), lun, tag, 1 + random.nextInt(8), cmdSN, 0, 0);
            case 2 ->
                new LoginRequest(
                        random.nextBoolean(),
                        random.nextInt(8) == 0,
                        random.nextInt(4),
                        random.nextInt(4),
                        0,
                        1,
                        0,
                        tag,
                        0,
                        cmdSN,
                        0);
            case 3 -> new TextRequest(immediate, true, random.nextInt(4) == 0, 0, tag, random.nextInt(3) - 1, cmdSN, 0);
            case 4, 5 ->
                new DataOut(
                        random.nextBoolean(),
                        lun,
                        tag,
                        random.nextInt(6) - 1,
                        0,
                        random.nextInt(3),
                        random.nextInt(3) * 512);
            case 6 ->
                random.nextInt(16) == 0
                        ? new LogoutRequest(immediate, random.nextInt(4), tag, random.nextInt(2), cmdSN, 0)
                        : new SnackRequest(random.nextInt(4), lun, tag, 0, 0);
            default ->
                new ScsiCommand(
                        immediate,
                        random.nextInt(4) != 0,
                        random.nextBoolean(),
                        data.length > 0 || random.nextBoolean(),
                        random.nextInt(8),
                        lun,
                        tag,
                        Math.max(data.length, random.nextInt(5) * 512),
                        cmdSN,
                        0,
                        cdb());
        };
    }

    private byte[] cdb() {
        byte[] cdb = new byte[16];
        if (random.nextInt(4) == 0) {
            random.nextBytes(cdb);
            return cdb;
        }
        int[] opcodes = {
            0x00, 0x03, 0x08, 0x0A, 0x12, 0x15, 0x16, 0x17, 0x1A, 0x1B, 0x25, 0x28, 0x2A, 0x2E, 0x2F, 0x34, 0x35, 0x41,
            0x42, 0x55, 0x5A, 0x5E, 0x5F, 0x88, 0x89, 0x8A, 0x8B, 0x8E, 0x8F, 0x90, 0x91, 0x93, 0x9C, 0x9E, 0xA0, 0xA3,
            0xA8, 0xAA, 0xAE, 0xAF
        };
        cdb[0] = (byte) opcodes[random.nextInt(opcodes.length)];
        for (int i = random.nextInt(6); i > 0; i--) {
            cdb[1 + random.nextInt(15)] = (byte) (random.nextInt(3) == 0 ? interesting() : random.nextInt(8));
        }
        return cdb;
    }
}
