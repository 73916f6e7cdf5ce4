package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.MemoryDisk.Access;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.ScsiResponse;
import org.sanboot.iscsi.pdu.TaskManagementResponse;

/** While a disk hangs, whatever is none of its business goes on. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HangingDiskTest {

    /** What a Linux initiator waits for the answer to a ping is 5 s; the target is to take no more than 100 ms on a quiet host. */
    static final Duration SOON = Duration.ofMillis(1500);

    private static final int TASK_SET_FULL = 0x28;

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.disk.release();
        target.close();
    }

    static int send(TestInitiator initiator, Access access, int i) throws IOException {
        return switch (access) {
            case READ -> initiator.sendRead(0, Cdbs.read10(i, 1), 512);
            case WRITE -> initiator.sendWrite(0, Cdbs.write10(i, 1), 512, new byte[512]);
            case ZERO -> initiator.sendWrite(0, Cdbs.of("42 00 00 00 00 00 00 00 18 00"), 24, unmapList(i));
            case FLUSH -> initiator.sendRead(0, Cdbs.synchronizeCache(), 0);
        };
    }

    private static byte[] unmapList(int block) {
        return ByteBuffer.allocate(24)
                .putShort((short) 22)
                .putShort((short) 16)
                .putInt(0)
                .putLong(block)
                .putInt(1)
                .putInt(0)
                .array();
    }

    private static void ping(TestInitiator initiator) throws IOException {
        long begin = System.nanoTime();
        initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
        assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void pings_other_units_and_logins_are_answered_while_any_number_of_commands_hang(Access access) throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(access);
            List<Integer> tags = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                tags.add(send(initiator, access, i));
            }
            ping(initiator);
            long begin = System.nanoTime();
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
            int other = initiator.sendRead(1L << 48, Cdbs.read10(0, 1), 512);
            assertThat(initiator.finish(other, 512).status()).isZero();
            int flush = initiator.sendRead(1L << 48, Cdbs.synchronizeCache(), 0);
            assertThat(initiator.finish(flush, 0).status()).isZero();
            try (TestInitiator second = target.login(2)) {
                assertThat(second.read(Cdbs.testUnitReady(), 0).status()).isZero();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
            target.disk.awaitHeld(DeviceServer.SLOTS);
            target.disk.release();
            for (int answers = 0; answers < 100; ) {
                TestInitiator.Reply reply = initiator.receive();
                answers += reply.pdu() instanceof DataIn data && !data.carriesStatus() ? 0 : 1;
            }
            assertThat(tags).hasSize(100);
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
        }
    }

    @Test
    void commands_of_a_slow_disk_wait_for_it_side_by_side() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(Access.READ);
            for (int i = 0; i < 32; i++) {
                initiator.sendRead(0, Cdbs.read10(i, 1), 512);
            }
            target.disk.awaitHeld(DeviceServer.SLOTS);
            target.disk.release();
            for (int i = 0; i < 32; i++) {
                initiator.receive();
            }
        }
    }

    @Test
    void what_a_hanging_disk_has_no_room_for_is_refused_and_taken_later() throws Exception {
        Map<String, String> keys = Map.of(
                "InitialR2T", "No", "ImmediateData", "Yes", "FirstBurstLength", "262144", "MaxBurstLength", "262144");
        List<TestInitiator> initiators = new ArrayList<>();
        try {
            target.disk.hold(Access.WRITE);
            byte[] data = new byte[262_144];
            int sent = 0;
            for (int i = 0; i < 3; i++) {
                TestInitiator initiator = target.login(10 + i, keys);
                initiators.add(initiator);
                for (int k = 0; k < 100; k++, sent++) {
                    initiator.sendWrite(0, Cdbs.write10(0, 512), data.length, data);
                }
                // What was refused is answered first, so the ping's answer comes after it.
                initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
            }
            long refused = 0;
            for (TestInitiator initiator : initiators) {
                TestInitiator.Reply reply = initiator.receive();
                for (; !(reply.pdu() instanceof NopIn); reply = initiator.receive()) {
                    assertThat(((ScsiResponse) reply.pdu()).status()).isEqualTo(TASK_SET_FULL);
                    refused++;
                }
            }
            assertThat(sent - refused).isEqualTo(ReceiveRoom.BYTES / 262_144);
            target.disk.release();
            TestInitiator last = initiators.get(0);
            await("room").until(() -> {
                last.sendWrite(0, Cdbs.write10(0, 512), data.length, data);
                ScsiResponse response = (ScsiResponse) last.receive().pdu();
                return response.status() == 0;
            });
        } finally {
            for (TestInitiator initiator : initiators) {
                initiator.close();
            }
        }
    }

    /** SAM-5 8.6: it waits for the older ones, and the younger ones wait for it. */
    @Test
    void an_ordered_write_comes_after_an_older_unmap_and_before_a_younger_read() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(Access.ZERO);
            int unmap = send(initiator, Access.ZERO, 0);
            target.disk.awaitHeld(1);
            byte[] data = LiveTarget.random(512, 5);
            int ordered = initiator.nextTag();
            initiator.send(
                    new ScsiCommand(
                            false,
                            true,
                            false,
                            true,
                            2,
                            0,
                            ordered,
                            512,
                            initiator.nextCmdSN(),
                            0,
                            TestInitiator.padded(Cdbs.write10(0, 1))),
                    data);
            int younger = initiator.sendRead(0, Cdbs.read10(0, 1), 512);
            ping(initiator);
            target.disk.release();
            assertThat(initiator.finish(unmap, 0).status()).isZero();
            assertThat(initiator.finish(ordered, 0).status()).isZero();
            assertThat(initiator.finish(younger, 512).data()).isEqualTo(data);
        }
    }

    @Test
    void a_command_that_was_held_back_can_be_aborted() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(Access.FLUSH);
            int flush = initiator.sendRead(0, Cdbs.synchronizeCache(), 0);
            target.disk.awaitHeld(1);
            int ordered = initiator.nextTag();
            byte[] cdb = TestInitiator.padded(Cdbs.write10(0, 1));
            initiator.send(
                    new ScsiCommand(false, true, false, true, 2, 0, ordered, 512, initiator.nextCmdSN(), 0, cdb),
                    new byte[512]);
            initiator.send(LiveTarget.tmf(initiator, 1, 0, ordered), NOTHING);
            assertThat(((TaskManagementResponse) initiator.receive().pdu()).response())
                    .isZero();
            target.disk.release();
            assertThat(initiator.finish(flush, 0).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
        }
    }

    @Test
    void closing_an_export_waits_for_an_aborted_read_that_is_still_inside_the_disk() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(Access.READ);
            int read = initiator.sendRead(0, Cdbs.read10(0, 1), 512);
            target.disk.awaitHeld(1);
            initiator.send(LiveTarget.tmf(initiator, 1, 0, read), NOTHING);
            assertThat(((TaskManagementResponse) initiator.receive().pdu()).response())
                    .isZero();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(target.export::close);
            assertThat(initiator.isClosedByTarget()).isTrue();
            assertThat(closing).isNotDone();
            target.disk.release();
            closing.get(20, TimeUnit.SECONDS);
            assertThat(target.disk.busy()).isZero();
        }
    }

    @Test
    void another_target_is_not_touched() throws Exception {
        Iqn name = new Iqn("iqn.2026-01.org.sanboot:other");
        try (Export other = target.server.export(ExportConfiguration.named(name)
                        .lun(0, new MemoryDisk(1 << 20))
                        .build());
                TestInitiator hung = target.login(1);
                TestInitiator well = target.connect()) {
            target.disk.hold(Access.READ, Access.WRITE);
            for (int i = 0; i < 100; i++) {
                send(hung, i % 2 == 0 ? Access.READ : Access.WRITE, i);
            }
            target.disk.awaitHeld(DeviceServer.SLOTS);
            well.login(name.value(), 1, LiveTarget.FAST);
            long begin = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                assertThat(well.write(Cdbs.write10(i, 1), new byte[512]).status())
                        .isZero();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
            assertThat(other.statistics().sessionsNow()).isEqualTo(1);
            target.disk.release();
        }
    }
}
