package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.ConfigurationException;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.Faults.Fault;
import org.sanboot.iscsi.SenseCode;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.Trace;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.TaskManagementRequest;
import org.sanboot.iscsi.pdu.TaskManagementResponse;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FaultsTest {

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.close();
    }

    @Test
    void reads_of_a_range_fail_until_the_fault_ends() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            try (Fault fault = target.export.faults().failReads(100, 10, SenseCode.UNRECOVERED_READ_ERROR)) {
                assertThat(fault).isNotNull();
                assertThat(initiator.read(Cdbs.read10(96, 4), 2048).status()).isZero();
                assertThat(initiator.read(Cdbs.read10(96, 5), 2560).senseCode()).isEqualTo(0x031100);
                assertThat(initiator.read(Cdbs.read10(109, 1), 512).senseCode()).isEqualTo(0x031100);
                assertThat(initiator.read(Cdbs.read10(110, 1), 512).status()).isZero();
                assertThat(initiator.write(Cdbs.write10(100, 1), new byte[512]).status())
                        .isZero();
            }
            assertThat(initiator.read(Cdbs.read10(100, 1), 512).status()).isZero();
        }
    }

    @Test
    void writes_fail_with_the_sense_that_was_chosen_and_change_nothing() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.export.faults().failWrites(0, 1, SenseCode.SPACE_ALLOCATION_FAILED);
            byte[] data = {1};
            assertThat(initiator
                            .write(Cdbs.write10(0, 1), Arrays.copyOf(data, 512))
                            .senseCode())
                    .isEqualTo(0x072707);
            assertThat(target.disk.bytes()[0]).isZero();
            target.export.faults().clear();
            target.export.faults().readOnly();
            assertThat(initiator.write(Cdbs.write10(8, 1), new byte[512]).senseCode())
                    .isEqualTo(0x072700);
        }
    }

    @Test
    void a_stalled_disk_leaves_pings_and_task_management_alive() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            Fault stall = target.export.faults().stall();
            int write = initiator.sendWrite(0, Cdbs.write10(0, 1), 512, new byte[512]);
            int read = initiator.sendRead(0, Cdbs.read10(0, 1), 512);
            initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), new byte[0]);
            assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
            initiator.send(
                    new TaskManagementRequest(true, 1, 0, initiator.nextTag(), write, initiator.cmdSN(), 0, 0),
                    new byte[0]);
            assertThat(((TaskManagementResponse) initiator.receive().pdu()).response())
                    .isZero();
            stall.close();
            assertThat(initiator.finish(read, 512).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
        }
    }

    @Test
    void an_export_closes_while_its_disk_is_stalled() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.export.faults().stall();
            initiator.sendRead(0, Cdbs.read10(0, 1), 512);
            initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), new byte[0]);
            assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
            target.export.close();
            assertThat(target.export.statistics().sessionsNow()).isZero();
        }
    }

    @Test
    void a_delay_makes_every_command_take_its_time() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.export.faults().delay(Duration.ofMillis(50));
            long start = System.nanoTime();
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
            assertThat(initiator.read(Cdbs.synchronizeCache(), 0).status()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        }
    }

    @Test
    void delays_add_up() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.export.faults().delay(Duration.ofMillis(40));
            target.export.faults().delay(Duration.ofMillis(60));
            long start = System.nanoTime();
            assertThat(initiator.write(Cdbs.write10(0, 1), new byte[512]).status())
                    .isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        }
    }

    private static final byte[] UNMAP = Cdbs.of("42 00 00 00 00 00 00 00 18 00");

    private static byte[] unmapList(int block, int blocks) {
        return ByteBuffer.allocate(24)
                .putShort((short) 22)
                .putShort((short) 16)
                .putInt(0)
                .putLong(block)
                .putInt(blocks)
                .putInt(0)
                .array();
    }

    @Test
    void unmap_and_write_same_fail_like_writes_where_they_touch_the_range() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.write(Cdbs.write10(100, 1), filled(1));
            Fault fault = target.export.faults().failWrites(100, 1, SenseCode.WRITE_ERROR);
            assertThat(initiator.write(UNMAP, unmapList(96, 8)).senseCode()).isEqualTo(0x030C00);
            assertThat(initiator.write(UNMAP, unmapList(101, 8)).status()).isZero();
            assertThat(initiator.write(Cdbs.ten(0x41, 96, 8), new byte[512]).senseCode())
                    .isEqualTo(0x030C00);
            // No count: to the end of the disk.
            assertThat(initiator.write(Cdbs.ten(0x41, 0, 0), new byte[512]).senseCode())
                    .isEqualTo(0x030C00);
            assertThat(target.disk.bytes()[100 * 512]).isOne();
            fault.close();
            assertThat(initiator.write(UNMAP, unmapList(96, 8)).status()).isZero();
            assertThat(target.disk.bytes()[100 * 512]).isZero();
        }
    }

    private static byte[] filled(int value) {
        byte[] block = new byte[512];
        Arrays.fill(block, (byte) value);
        return block;
    }

    @Test
    void a_power_cut_loses_some_of_what_was_not_flushed_and_nothing_else() throws Exception {
        byte[] forcedWrite = Cdbs.write10(999, 1);
        forcedWrite[1] = 0x08;
        try (TestInitiator initiator = target.login(1);
                Fault fault = target.export.faults().tearWritesAtPowerCut(1)) {
            assertThat(fault).isNotNull();
            for (int block = 0; block < 100; block++) {
                initiator.write(Cdbs.write10(block, 1), filled(1));
            }
            initiator.read(Cdbs.synchronizeCache(), 0);
            for (int block = 0; block < 100; block++) {
                initiator.write(Cdbs.write10(block, 1), filled(2));
            }
            initiator.write(forcedWrite, filled(3));
            target.export.cutPower();
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
        int lost = 0;
        for (int block = 0; block < 100; block++) {
            int version = target.disk.bytes()[block * 512];
            assertThat(version).isBetween(1, 2);
            lost += 2 - version;
        }
        assertThat(lost).isBetween(20, 80);
        assertThat(target.disk.bytes()[999 * 512]).isEqualTo((byte) 3);
    }

    @Test
    void writes_are_torn_by_one_fault_at_a_time() {
        Fault first = target.export.faults().tearWritesAtPowerCut(1);
        assertThatThrownBy(() -> target.export.faults().tearWritesAtPowerCut(2))
                .isInstanceOf(ConfigurationException.class);
        first.close();
        target.export.faults().tearWritesAtPowerCut(2);
        target.export.faults().clear();
        target.export.faults().tearWritesAtPowerCut(3);
    }

    @Test
    void connections_can_be_dropped_and_initiators_come_back() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.export.faults().dropConnections();
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
        try (TestInitiator again = target.login(1)) {
            assertThat(again.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void faults_without_sense_are_refused() {
        assertThatThrownBy(() -> target.export.faults().failReads(-1, 1, SenseCode.NOT_READY))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> target.export.faults().failWrites(0, 0, SenseCode.HARDWARE_ERROR))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> new SenseCode(16, 0, 0)).hasMessageContaining("10/0/0");
    }

    @Test
    void a_trace_notes_the_commands_between_its_start_and_its_end() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.read(Cdbs.testUnitReady(), 0);
            Trace trace = target.export.trace();
            initiator.write(Cdbs.write10(8, 2), new byte[1024]);
            initiator.read(Cdbs.read10(8, 1), 512);
            initiator.read(Cdbs.read10(0x7FFFFFFF, 1), 512);
            initiator.read(Cdbs.synchronizeCache(), 0);
            initiator.read(Cdbs.testUnitReady(), 0);
            trace.close();
            initiator.read(Cdbs.testUnitReady(), 0);
            assertThat(trace.entries())
                    .extracting(entry ->
                            entry.command() + " " + entry.firstBlock() + "+" + entry.blocks() + " " + entry.status())
                    .containsExactly(
                            "WRITE_10 8+2 0",
                            "READ_10 8+1 0",
                            "READ_10 2147483647+1 2",
                            "SYNCHRONIZE_CACHE_10 0+0 0",
                            "TEST_UNIT_READY -1+0 0");
            assertThat(trace.entries()).allSatisfy(entry -> {
                assertThat(entry.start()).isGreaterThan(Duration.ZERO);
                assertThat(entry.latency()).isGreaterThan(Duration.ZERO);
            });
        }
    }
}
