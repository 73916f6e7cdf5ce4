package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;
import static org.sanboot.iscsi.session.LiveTarget.answer;
import static org.sanboot.iscsi.session.LiveTarget.random;
import static org.sanboot.iscsi.session.LiveTarget.tmf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.TestInitiator.Outcome;
import org.sanboot.iscsi.TestInitiator.Reply;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.LogoutRequest;
import org.sanboot.iscsi.pdu.LogoutResponse;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ReadyToTransfer;
import org.sanboot.iscsi.pdu.Reject;
import org.sanboot.iscsi.pdu.Residual;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.ScsiResponse;
import org.sanboot.iscsi.pdu.SnackRequest;
import org.sanboot.iscsi.pdu.TaskManagementResponse;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SessionTest {

    private static final int MEBIBYTE = 1 << 20;

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.close();
    }

    /** Answers R2Ts until the command ends. */
    private static ScsiResponse sendSolicited(TestInitiator initiator, int tag, byte[] data) throws IOException {
        while (true) {
            Reply reply = initiator.receive();
            if (reply.pdu() instanceof ReadyToTransfer request) {
                answer(initiator, request, data);
            } else if (reply.pdu() instanceof ScsiResponse response && response.initiatorTaskTag() == tag) {
                return response;
            }
        }
    }

    @Test
    void what_is_written_is_read_back() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            byte[] data = random(4096, 1);
            assertThat(initiator.write(Cdbs.write10(8, 8), data).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(8, 8), 4096).data()).isEqualTo(data);
            assertThat(target.disk.bytes()).startsWith(new byte[4096]).contains(data[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "None, None, Yes, No, 512, 512",
        "CRC32C, None, Yes, Yes, 512, 4096",
        "None, CRC32C, No, Yes, 65536, 262144",
        "CRC32C, CRC32C, No, No, 65536, 16776192",
        "CRC32C, CRC32C, Yes, Yes, 4096, 8192"
    })
    void large_transfers_survive_every_agreement(
            String header, String data, String initialR2T, String immediate, String first, String burst)
            throws Exception {
        Map<String, String> keys = new HashMap<>(LiveTarget.FAST);
        keys.putAll(Map.of(
                "HeaderDigest",
                header,
                "DataDigest",
                data,
                "InitialR2T",
                initialR2T,
                "ImmediateData",
                immediate,
                "FirstBurstLength",
                first,
                "MaxBurstLength",
                burst,
                "MaxOutstandingR2T",
                "4"));
        try (TestInitiator initiator = target.login(1, keys)) {
            byte[] bytes = random(MEBIBYTE, 2);
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 2048), MEBIBYTE, NOTHING);
            assertThat(sendSolicited(initiator, tag, bytes).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(0, 2048), MEBIBYTE).data()).isEqualTo(bytes);
        }
    }

    @Test
    void unsolicited_data_comes_with_and_after_the_command() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            byte[] data = random(128 * 1024, 3);
            int tag = initiator.nextTag();
            initiator.send(
                    new ScsiCommand(
                            false,
                            false,
                            false,
                            true,
                            1,
                            0,
                            tag,
                            data.length,
                            initiator.nextCmdSN(),
                            0,
                            TestInitiator.padded(Cdbs.write10(0, 256))),
                    java.util.Arrays.copyOf(data, 4096));
            initiator.send(
                    new DataOut(false, 0, tag, BasicHeader.NO_TAG, 0, 0, 4096),
                    java.util.Arrays.copyOfRange(data, 4096, 8192));
            initiator.send(
                    new DataOut(true, 0, tag, BasicHeader.NO_TAG, 0, 1, 8192),
                    java.util.Arrays.copyOfRange(data, 8192, 65_536));
            assertThat(sendSolicited(initiator, tag, data).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(0, 256), data.length).data()).isEqualTo(data);
        }
    }

    /** jSCSI hangs here: while writes wait for their data, everything else must be answered. */
    @Test
    void eight_writes_that_wait_for_data_hold_up_nobody() throws Exception {
        Map<String, String> keys = Map.of("InitialR2T", "Yes", "ImmediateData", "No", "MaxBurstLength", "1048576");
        try (TestInitiator initiator = target.login(1, keys)) {
            Map<Integer, byte[]> data = new HashMap<>();
            Map<Integer, ReadyToTransfer> requests = new HashMap<>();
            for (int i = 0; i < 8; i++) {
                int tag = initiator.sendWrite(0, Cdbs.write10(i * 1024, 1024), 524_288, NOTHING);
                data.put(tag, random(524_288, i));
            }
            for (int i = 0; i < 8; i++) {
                ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
                assertThat(request.r2tSN()).isZero();
                requests.put(request.initiatorTaskTag(), request);
            }
            initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), new byte[] {1, 2, 3});
            Reply pong = initiator.receive();
            assertThat(pong.pdu()).isInstanceOf(NopIn.class);
            assertThat(pong.data()).containsExactly(1, 2, 3);
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
            for (ReadyToTransfer request : requests.values()) {
                answer(initiator, request, data.get(request.initiatorTaskTag()));
                assertThat(((ScsiResponse) initiator.receive().pdu()).status()).isZero();
            }
        }
        assertThat(target.disk.bytes()).startsWith(java.util.Arrays.copyOf(random(524_288, 0), 512));
    }

    @Test
    void a_ping_is_answered_while_a_flush_takes_its_time() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.holdFlushes();
            int flush = initiator.sendRead(0, Cdbs.synchronizeCache(), 0);
            target.disk.awaitHeldFlush();
            initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
            assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
            target.disk.releaseFlushes();
            assertThat(initiator.finish(flush, 0).status()).isZero();
        }
    }

    @Test
    void a_ping_without_a_tag_wants_no_answer() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(new NopOut(true, 0, BasicHeader.NO_TAG, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    /** iPXE takes ExpCmdSN and StatSN from every PDU (src/net/tcp/iscsi.c). */
    @Test
    void every_pdu_carries_numbers_and_the_last_data_carries_the_status() throws Exception {
        try (TestInitiator initiator = target.login(1, Map.of("MaxRecvDataSegmentLength", "512"))) {
            int tag = initiator.sendRead(0, Cdbs.read10(0, 2), 1024);
            DataIn first = (DataIn) initiator.receive().pdu();
            DataIn last = (DataIn) initiator.receive().pdu();
            assertThat(first.numbers().expCmdSN()).isEqualTo(initiator.cmdSN());
            assertThat(first.carriesStatus()).isFalse();
            assertThat(last.carriesStatus()).isTrue();
            assertThat(last.isFinal()).isTrue();
            assertThat(last.dataSN()).isEqualTo(1);
            assertThat(last.numbers().statSN()).isEqualTo(first.numbers().statSN());
            assertThat(tag).isEqualTo(last.initiatorTaskTag());
            int next = initiator.sendRead(0, Cdbs.testUnitReady(), 0);
            Outcome outcome = initiator.finish(next, 0);
            assertThat(outcome.response().numbers().statSN())
                    .isEqualTo(last.numbers().statSN() + 1);
        }
    }

    @Test
    void residuals_tell_what_was_not_moved() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            Outcome less = initiator.read(Cdbs.read10(0, 1), 10_000);
            assertThat(less.response().residual()).isEqualTo(new Residual(Residual.Kind.UNDERFLOW, 10_000 - 512));
            assertThat(less.data()).hasSize(512);
            Outcome more = initiator.read(Cdbs.read10(0, 1), 200);
            assertThat(more.response().residual()).isEqualTo(new Residual(Residual.Kind.OVERFLOW, 312));
            assertThat(more.data()).hasSize(200);
            Outcome none = initiator.read(Cdbs.read10(0, 1), 0);
            assertThat(none.response().residual()).isEqualTo(new Residual(Residual.Kind.OVERFLOW, 512));
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 2), 512, random(512, 1));
            assertThat(initiator.finish(tag, 0).response().residual())
                    .isEqualTo(new Residual(Residual.Kind.OVERFLOW, 512));
        }
    }

    @Test
    void data_out_of_order_ends_the_command_and_not_the_session() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 4), 2048, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
            initiator.send(new DataOut(true, 0, tag, request.targetTransferTag(), 0, 27, 0), random(2048, 4));
            Outcome outcome = initiator.finish(tag, 0);
            assertThat(outcome.senseCode()).isEqualTo(0x0B0C0D);
            assertThat(target.disk.bytes()).startsWith(new byte[2048]);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void less_data_than_was_asked_for_ends_the_command() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 4), 2048, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
            initiator.send(new DataOut(true, 0, tag, request.targetTransferTag(), 0, 0, 0), random(512, 4));
            assertThat(initiator.finish(tag, 0).senseCode()).isEqualTo(0x0B0C0D);
        }
    }

    @Test
    void a_refused_write_with_unsolicited_data_on_its_way_is_answered_after_that_data() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = initiator.nextTag();
            initiator.send(
                    new ScsiCommand(
                            false,
                            false,
                            false,
                            true,
                            1,
                            0,
                            tag,
                            1024,
                            initiator.nextCmdSN(),
                            0,
                            TestInitiator.padded(Cdbs.write10(0x7FFFFFFF, 2))),
                    NOTHING);
            initiator.send(new DataOut(true, 0, tag, BasicHeader.NO_TAG, 0, 0, 0), random(1024, 1));
            assertThat(initiator.finish(tag, 0).senseCode()).isEqualTo(0x052100);
        }
    }

    // Command numbers

    @Test
    void commands_outside_the_window_are_ignored() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            byte[] cdb = TestInitiator.padded(Cdbs.testUnitReady());
            for (int cmdSN : new int[] {initiator.cmdSN() - 1, initiator.cmdSN() + 1000}) {
                initiator.send(
                        new ScsiCommand(false, true, false, false, 1, 0, initiator.nextTag(), 0, cmdSN, 0, cdb),
                        NOTHING);
            }
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void a_gap_in_command_numbers_ends_the_connection() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            byte[] cdb = TestInitiator.padded(Cdbs.testUnitReady());
            initiator.send(
                    new ScsiCommand(false, true, false, false, 1, 0, 5, 0, initiator.cmdSN() + 3, 0, cdb), NOTHING);
            assertThat(((Reject) initiator.receive().pdu()).reason()).isEqualTo(4);
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
    }

    @Test
    void the_window_closes_while_commands_wait_and_opens_again() throws Exception {
        try (TestInitiator initiator = target.login(1, Map.of("InitialR2T", "Yes"))) {
            int window = 0;
            for (int i = 0; i < 20; i++) {
                initiator.sendWrite(0, Cdbs.write10(0, 1), 512, NOTHING);
                ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
                window = request.numbers().maxCmdSN() - request.numbers().expCmdSN() + 1;
            }
            assertThat(window).isEqualTo(128 - 20);
            initiator.send(tmf(initiator, 2, 0, 0), NOTHING);
            TaskManagementResponse response =
                    (TaskManagementResponse) initiator.receive().pdu();
            assertThat(response.numbers().maxCmdSN() - response.numbers().expCmdSN() + 1)
                    .isEqualTo(128);
        }
    }

    @Test
    void immediate_commands_take_nothing_from_the_window() throws Exception {
        try (TestInitiator initiator = target.login(1, Map.of("InitialR2T", "Yes"))) {
            byte[] cdb = TestInitiator.padded(Cdbs.write10(0, 1));
            int max = 0;
            for (int i = 0; i < 32; i++) {
                initiator.send(
                        new ScsiCommand(
                                true, true, false, true, 1, 0, initiator.nextTag(), 512, initiator.cmdSN(), 0, cdb),
                        NOTHING);
                ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
                max = request.numbers().maxCmdSN();
            }
            assertThat(max - initiator.cmdSN() + 1).isEqualTo(128);
            initiator.send(
                    new ScsiCommand(true, true, false, true, 1, 0, initiator.nextTag(), 512, initiator.cmdSN(), 0, cdb),
                    NOTHING);
            assertThat(((Reject) initiator.receive().pdu()).reason()).isEqualTo(6);
            initiator.sendWrite(0, Cdbs.write10(0, 1), 512, NOTHING);
            assertThat(initiator.receive().pdu()).isInstanceOf(ReadyToTransfer.class);
        }
    }

    /** What COMPARE AND WRITE holds is given back however its session ends. */
    @Test
    void connections_that_break_within_a_command_leave_nothing_charged() throws Exception {
        byte[] compareAndWrite = TestInitiator.padded(Cdbs.of("89 00 00 00 00 00 00 00 00 00 00 00 00 40 00 00"));
        for (int i = 0; i < 130; i++) {
            try (TestInitiator initiator = target.login(1)) {
                byte[] raw = new byte[48 + 4096];
                new ScsiCommand(false, true, false, true, 1, 0, 7, 65_536, initiator.nextCmdSN(), 0, compareAndWrite)
                        .encode(ByteBuffer.wrap(raw), 65_536);
                initiator.sendBytes(raw);
            }
        }
        try (TestInitiator initiator = target.login(2)) {
            assertThat(initiator.write(compareAndWrite, new byte[65_536]).status())
                    .isZero();
        }
    }

    /** RFC 7143 11.7.5: only the last segment of a read may need padding. */
    @Test
    void segments_of_data_but_the_last_are_whole_words() throws Exception {
        Map<String, String> keys = Map.of("MaxRecvDataSegmentLength", "513", "MaxBurstLength", "1030");
        try (TestInitiator initiator = target.login(1, keys)) {
            int tag = initiator.sendRead(0, Cdbs.read10(0, 5), 2560);
            int received = 0;
            while (received < 2560) {
                Reply reply = initiator.receive();
                DataIn part = (DataIn) reply.pdu();
                assertThat(part.initiatorTaskTag()).isEqualTo(tag);
                assertThat(part.bufferOffset()).isEqualTo(received);
                received += reply.data().length;
                assertThat(received == 2560 || reply.data().length % 4 == 0).isTrue();
            }
        }
    }

    // Sessions

    @Test
    void firmware_and_operating_system_may_be_logged_in_at_once() throws Exception {
        try (TestInitiator firmware = target.login(1);
                TestInitiator system = target.login(2)) {
            firmware.write(Cdbs.write10(0, 1), random(512, 9));
            assertThat(system.read(Cdbs.read10(0, 1), 512).data()).isEqualTo(random(512, 9));
            assertThat(target.export.statistics().sessionsNow()).isEqualTo(2);
        }
    }

    /** RFC 7143 6.3.5. */
    @Test
    void the_same_initiator_port_takes_its_old_session_over() throws Exception {
        try (TestInitiator old = target.login(1);
                TestInitiator fresh = target.login(1)) {
            assertThat(old.isClosedByTarget()).isTrue();
            assertThat(fresh.read(Cdbs.testUnitReady(), 0).status()).isZero();
            assertThat(target.export.statistics().sessionsNow()).isEqualTo(1);
            assertThat(target.events).containsSubsequence("loggedIn 1", "ended 1", "loggedIn 1");
        }
    }

    @Test
    void the_observer_hears_of_each_step_once_and_may_fail() throws Exception {
        target.observerFails = true;
        try (TestInitiator initiator = target.login(5)) {
            initiator.read(Cdbs.testUnitReady(), 0);
            initiator.read(Cdbs.read10(0, 1), 512);
            initiator.read(Cdbs.read10(0, 1), 512);
            initiator.send(new LogoutRequest(true, 0, 77, 0, initiator.cmdSN(), 0), NOTHING);
            assertThat(((LogoutResponse) initiator.receive().pdu()).response()).isZero();
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
        await("the session to end").until(() -> target.events.contains("ended 5"));
        assertThat(target.events).containsExactly("loggedIn 5", "firstCommand 5", "firstRead 5", "ended 5");
    }

    @Test
    void statistics_count_commands_and_bytes() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.write(Cdbs.write10(0, 8), random(4096, 1));
            initiator.read(Cdbs.read10(0, 16), 8192);
            initiator.read(Cdbs.synchronizeCache(), 0);
        }
        var statistics = target.export.statistics();
        assertThat(statistics.reads()).isEqualTo(1);
        assertThat(statistics.bytesRead()).isEqualTo(8192);
        assertThat(statistics.writes()).isEqualTo(1);
        assertThat(statistics.bytesWritten()).isEqualTo(4096);
        assertThat(statistics.flushes()).isEqualTo(1);
        assertThat(statistics.sessionsTotal()).isEqualTo(1);
    }

    @Test
    void closing_an_export_waits_for_the_command_inside_the_disk() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.holdFlushes();
            initiator.sendRead(0, Cdbs.synchronizeCache(), 0);
            target.disk.awaitHeldFlush();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(target.export::close);
            assertThat(initiator.isClosedByTarget()).isTrue();
            assertThat(closing).isNotDone();
            target.disk.releaseFlushes();
            closing.get(20, TimeUnit.SECONDS);
            assertThat(target.disk.busy()).isZero();
            target.export.close();
        }
        try (TestInitiator initiator = target.connect()) {
            assertThat(initiator.login(LiveTarget.NAME.value(), 1, Map.of()).status())
                    .isEqualTo(0x0203);
        }
    }

    @Test
    void two_exports_of_one_name_are_refused() {
        var twin = ExportConfiguration.named(LiveTarget.NAME)
                .lun(0, new MemoryDisk(512))
                .build();
        assertThatThrownBy(() -> target.server.export(twin))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(LiveTarget.NAME.value());
    }

    @Test
    void a_failing_disk_becomes_sense_data_and_the_session_lives_on() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.failWith(BlockIoException.Reason.MEDIUM);
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).senseCode()).isEqualTo(0x031100);
            assertThat(initiator.write(Cdbs.write10(0, 1), random(512, 1)).senseCode())
                    .isEqualTo(0x030C00);
            target.disk.failWith(BlockIoException.Reason.NO_SPACE);
            assertThat(initiator.write(Cdbs.write10(0, 1), random(512, 1)).senseCode())
                    .isEqualTo(0x072707);
            target.disk.failWith(BlockIoException.Reason.READ_ONLY);
            assertThat(initiator.write(Cdbs.write10(0, 1), random(512, 1)).senseCode())
                    .isEqualTo(0x072700);
            target.disk.failWith(null);
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
            assertThat(target.events).contains("deviceFailed MEDIUM", "deviceFailed NO_SPACE");
        }
    }

    @Test
    void a_disk_that_breaks_in_an_unforeseen_way_becomes_sense_data_too() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.breakWith(new IllegalStateException("Nobody thought of this"));
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).senseCode()).isEqualTo(0x044400);
            assertThat(initiator.write(Cdbs.write10(0, 1), random(512, 1)).senseCode())
                    .isEqualTo(0x044400);
            assertThat(initiator.read(Cdbs.synchronizeCache(), 0).senseCode()).isEqualTo(0x044400);
            byte[] lbaStatus = Cdbs.of("9e 12 00 00 00 00 00 00 00 00 00 00 00 20 00 00");
            assertThat(initiator.read(lbaStatus, 32).senseCode()).isEqualTo(0x044400);
            target.disk.breakWith(null);
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
            assertThat(target.events).contains("deviceFailed INTERNAL");
        }
    }

    /** RFC 7143 11.17.1: the CmdSN of a rejected PDU counts as not received. */
    @Test
    void an_unknown_operation_code_is_rejected_and_the_session_lives_on() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            byte[] unknown = new byte[BasicHeader.LENGTH + 4];
            ByteBuffer.wrap(unknown)
                    .put(0, (byte) 0x1D)
                    .put(7, (byte) 3)
                    .putInt(16, 77)
                    .putInt(24, initiator.cmdSN());
            initiator.sendBytes(unknown);
            TestInitiator.Reply reply = initiator.receive();
            assertThat(reply.pdu()).isInstanceOfSatisfying(Reject.class, reject -> {
                assertThat(reject.reason()).isEqualTo(5);
                assertThat(reject.numbers().expCmdSN()).isEqualTo(initiator.cmdSN());
            });
            assertThat(reply.data()).isEqualTo(Arrays.copyOf(unknown, BasicHeader.LENGTH));
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    // Discovery and access

    // Rules

    @Test
    void a_request_for_lost_pdus_is_rejected() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(new SnackRequest(0, 0, 1, -1, 0), NOTHING);
            assertThat(((Reject) initiator.receive().pdu()).reason()).isEqualTo(3);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void damaged_data_ends_the_command_and_not_the_session() throws Exception {
        try (TestInitiator initiator = target.login(1, Map.of("DataDigest", "CRC32C"))) {
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 1), 512, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
            byte[] raw = new byte[48 + 512 + 4];
            java.nio.ByteBuffer header = java.nio.ByteBuffer.wrap(raw);
            new DataOut(true, 0, tag, request.targetTransferTag(), 0, 0, 0).encode(header, 512);
            initiator.sendBytes(raw);
            assertThat(((Reject) initiator.receive().pdu()).reason()).isEqualTo(2);
            assertThat(initiator.finish(tag, 0).senseCode()).isEqualTo(0x0B4705);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void a_tag_that_is_in_use_is_rejected_and_the_first_task_lives_on() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 1), 512, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
            byte[] cdb = TestInitiator.padded(Cdbs.testUnitReady());
            initiator.send(
                    new ScsiCommand(false, true, false, false, 1, 0, tag, 0, initiator.nextCmdSN(), 0, cdb), NOTHING);
            assertThat(((Reject) initiator.receive().pdu()).reason()).isEqualTo(7);
            answer(initiator, request, random(512, 1));
            assertThat(initiator.finish(tag, 0).status()).isZero();
        }
    }

    @Test
    void a_recovery_logout_is_not_offered() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(new LogoutRequest(true, 2, 7, 0, initiator.cmdSN(), 0), NOTHING);
            assertThat(((LogoutResponse) initiator.receive().pdu()).response()).isEqualTo(2);
            initiator.send(new LogoutRequest(true, 1, 8, 4711, initiator.cmdSN(), 0), NOTHING);
            assertThat(((LogoutResponse) initiator.receive().pdu()).response()).isEqualTo(1);
        }
    }

    @Test
    void a_login_that_is_not_finished_in_time_is_dropped() throws Exception {
        try (LiveTarget hasty = new LiveTarget(Duration.ofMillis(50), 8, 8);
                TestInitiator initiator = hasty.connect()) {
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
    }

    /** Idle ones shut nobody out: the oldest goes when another one comes from the same address. */
    @Test
    void half_open_connections_are_limited_and_the_oldest_goes_first() throws Exception {
        try (LiveTarget small = new LiveTarget(Duration.ofSeconds(30), 2, 8);
                TestInitiator session = small.login(1);
                TestInitiator oldest = small.connect()) {
            await("the connection").until(() -> small.events.size() >= 1);
            try (TestInitiator idle = small.connect();
                    TestInitiator newest = small.login(2)) {
                assertThat(oldest.isClosedByTarget()).isTrue();
                assertThat(newest.read(Cdbs.testUnitReady(), 0).status()).isZero();
                assertThat(idle.login(LiveTarget.NAME.value(), 3, Map.of()).status())
                        .isZero();
            }
            assertThat(session.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void sessions_are_limited() throws Exception {
        try (LiveTarget small = new LiveTarget(Duration.ofSeconds(30), 8, 1);
                TestInitiator session = small.login(1);
                TestInitiator second = small.connect()) {
            assertThat(second.login(LiveTarget.NAME.value(), 2, Map.of()).status())
                    .isEqualTo(0x0302);
            assertThat(session.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void nothing_but_a_login_is_heard_before_the_login() throws Exception {
        try (TestInitiator initiator = target.connect()) {
            initiator.sendRead(0, Cdbs.testUnitReady(), 0);
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
    }

    @Test
    void a_data_segment_that_is_too_long_is_not_read() throws Exception {
        try (TestInitiator initiator = target.connect()) {
            byte[] header = new byte[48];
            header[0] = 0x43;
            header[5] = (byte) 0xFF;
            initiator.sendBytes(header);
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
    }
}
