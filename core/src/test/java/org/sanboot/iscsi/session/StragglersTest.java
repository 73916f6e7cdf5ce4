package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;
import static org.sanboot.iscsi.session.LiveTarget.random;
import static org.sanboot.iscsi.session.LiveTarget.tmf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.MemoryDisk.Access;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.TestInitiator.Outcome;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.TaskManagementResponse;

/** Aborts and logins wait for no disk that hangs, and nothing more is seen of what was aborted. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StragglersTest {

    private static final int ABORT_TASK = 1;
    private static final int LOGICAL_UNIT_RESET = 5;

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.disk.release();
        target.close();
    }

    private int hang(TestInitiator initiator, Access access) throws IOException {
        target.disk.hold(access);
        int tag = HangingDiskTest.send(initiator, access, 0);
        target.disk.awaitHeld(1);
        return tag;
    }

    /** Sends a task management function, and returns what is answered; the disk hangs all the while. */
    private static int manage(TestInitiator initiator, int function, int tag) throws IOException {
        long begin = System.nanoTime();
        initiator.send(tmf(initiator, function, 0, tag), NOTHING);
        int response = ((TaskManagementResponse) initiator.receive().pdu()).response();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(HangingDiskTest.SOON);
        return response;
    }

    private static void assertNoAnswerYet(TestInitiator initiator) throws IOException {
        initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
        assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1, READ", "1, WRITE", "1, ZERO", "1, FLUSH",
        "2, READ", "2, WRITE", "2, ZERO", "2, FLUSH",
        "4, READ", "4, WRITE", "4, ZERO", "4, FLUSH",
        "5, READ", "5, WRITE", "5, ZERO", "5, FLUSH",
        "6, READ", "6, WRITE", "6, ZERO", "6, FLUSH",
    })
    void task_management_of_a_command_that_hangs_is_answered_at_once(int function, Access access) throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = hang(initiator, access);
            assertThat(manage(initiator, function, tag)).isZero();
            if (function >= LOGICAL_UNIT_RESET) {
                assertThat(initiator.read(Cdbs.testUnitReady(), 0).senseCode()).isEqualTo(0x062903);
            }
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
            target.disk.release();
            assertThat(initiator.read(Cdbs.read10(0, 1), 512).status()).isZero();
        }
    }

    @Test
    void what_arrives_after_the_abort_of_a_write_touches_the_medium_when_that_has_left_it() throws Exception {
        byte[] aborted = random(512, 1);
        byte[] younger = random(512, 2);
        try (TestInitiator initiator = target.login(1);
                TestInitiator other = target.login(2)) {
            target.disk.hold(Access.WRITE);
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 1), 512, aborted);
            target.disk.awaitHeld(1);
            assertThat(manage(initiator, ABORT_TASK, tag)).isZero();
            int read = other.sendRead(0, Cdbs.read10(0, 1), 512);
            int write = initiator.sendWrite(0, Cdbs.write10(1, 1), 512, younger);
            assertNoAnswerYet(other);
            assertNoAnswerYet(initiator);
            target.disk.release();
            assertThat(other.finish(read, 512).data()).isEqualTo(aborted);
            assertThat(initiator.finish(write, 0).status()).isZero();
            assertThat(initiator.read(Cdbs.read10(0, 2), 1024).data())
                    .isEqualTo(
                            ByteBuffer.allocate(1024).put(aborted).put(younger).array());
        }
    }

    @Test
    void what_touches_no_medium_is_answered_meanwhile() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = hang(initiator, Access.WRITE);
            assertThat(manage(initiator, ABORT_TASK, tag)).isZero();
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
            assertThat(initiator.read(Cdbs.of("12 00 00 00 24 00"), 36).data()).hasSize(36);
            assertThat(register(initiator, 0x00, 0, 1).status()).isZero();
            assertThat(initiator
                            .read(Cdbs.of("25 00 00 00 00 00 00 00 00 00"), 8)
                            .data())
                    .hasSize(8);
        }
    }

    /** PERSISTENT RESERVE OUT of a service action, with two keys. */
    private static Outcome register(TestInitiator initiator, int action, long key, long actionKey) throws IOException {
        byte[] list = ByteBuffer.allocate(24).putLong(key).putLong(actionKey).array();
        byte[] cdb = Cdbs.of("5F 0%d 05 00 00 00 00 00 18 00".formatted(action));
        return initiator.write(cdb, list);
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void a_cluster_takes_the_disk_from_a_node_whose_commands_hang(Access access) throws Exception {
        try (TestInitiator node = target.login(1);
                TestInitiator rival = target.login(2)) {
            assertThat(register(node, 0x00, 0, 1).status()).isZero();
            assertThat(register(node, 0x01, 1, 0).status()).isZero();
            assertThat(register(rival, 0x00, 0, 2).status()).isZero();
            hang(node, access);
            long begin = System.nanoTime();
            assertThat(register(rival, 0x05, 2, 1).status()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(HangingDiskTest.SOON);
        }
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void a_session_whose_command_hangs_is_reinstated_at_once(Access access) throws Exception {
        try (TestInitiator first = target.login(1)) {
            hang(first, access);
            long begin = System.nanoTime();
            try (TestInitiator second = target.login(1)) {
                assertThat(second.read(Cdbs.testUnitReady(), 0).status()).isZero();
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(HangingDiskTest.SOON);
                assertThat(first.isClosedByTarget()).isTrue();
                int read = second.sendRead(0, Cdbs.read10(1, 1), 512);
                assertNoAnswerYetIf(access == Access.WRITE || access == Access.ZERO || access == Access.READ, second);
                target.disk.release();
                if (access != Access.FLUSH) {
                    assertThat(second.finish(read, 512).status()).isZero();
                } else {
                    assertThat(second.receive().pdu()).isInstanceOf(DataIn.class);
                }
                assertThat(second.read(Cdbs.read10(1, 1), 512).status()).isZero();
            }
        }
    }

    private static void assertNoAnswerYetIf(boolean condition, TestInitiator initiator) throws IOException {
        if (condition) {
            assertNoAnswerYet(initiator);
        }
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void closing_an_export_waits_for_what_a_session_that_ended_left_inside_the_disk(Access access) throws Exception {
        leave(access);
        assertWaitsForTheDisk(target.export::close);
    }

    /** A disk that is reverted next shows nothing of a write that was late. */
    @Test
    void writing_back_waits_for_what_a_session_that_ended_left_inside_the_disk() throws Exception {
        leave(Access.WRITE);
        assertWaitsForTheDisk(target.export::writeBack);
    }

    @Test
    void a_power_cut_waits_for_what_a_session_that_ended_left_inside_the_disk() throws Exception {
        leave(Access.WRITE);
        assertWaitsForTheDisk(target.export::cutPower);
    }

    /** Lets a session end while a command of it is inside the disk. */
    private void leave(Access access) throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            hang(initiator, access);
        }
        await("the session's end").until(() -> target.export.statistics().sessionsNow() == 0);
        assertThat(target.disk.busy()).isEqualTo(1);
    }

    private void assertWaitsForTheDisk(Runnable action) throws Exception {
        CompletableFuture<Void> done = CompletableFuture.runAsync(action);
        assertThatThrownBy(() -> done.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        target.disk.release();
        done.get(20, TimeUnit.SECONDS);
        assertThat(target.disk.busy()).isZero();
    }

    /** Of two reads after the answer to an abort, both see the same, and a younger write prevails. */
    @Test
    void nothing_changes_after_the_answer_to_an_abort() throws Exception {
        Random random = new Random(7);
        try (TestInitiator initiator = target.login(1)) {
            for (int i = 0; i < 300; i++) {
                target.disk.hold(Access.WRITE);
                int tag = initiator.sendWrite(0, Cdbs.write10(0, 1), 512, random(512, i));
                target.disk.awaitHeld(1);
                manage(initiator, ABORT_TASK, tag);
                boolean overwrites = random.nextBoolean();
                int younger = overwrites ? initiator.sendWrite(0, Cdbs.write10(0, 1), 512, random(512, -i)) : 0;
                int read = overwrites ? 0 : initiator.sendRead(0, Cdbs.read10(0, 1), 512);
                target.disk.release();
                byte[] seen = overwrites
                        ? random(512, -i)
                        : initiator.finish(read, 512).data();
                if (overwrites) {
                    assertThat(initiator.finish(younger, 0).status()).isZero();
                }
                assertThat(initiator.read(Cdbs.read10(0, 1), 512).data()).isEqualTo(seen);
                assertThat(target.disk.bytes()).startsWith(seen);
            }
        }
    }

    /** The command is refused at once, and answered when its data came, which it never does. */
    @Test
    void a_command_whose_immediate_data_never_comes_holds_up_no_end() throws Exception {
        TestInitiator initiator = target.login(1);
        ByteBuffer half = ByteBuffer.allocate(BasicHeader.LENGTH + 100);
        byte[] beyond = TestInitiator.padded(Cdbs.write10(1 << 30, 1));
        new ScsiCommand(false, true, false, true, 1, 0, initiator.nextTag(), 512, initiator.nextCmdSN(), 0, beyond)
                .encode(half, 512);
        initiator.sendBytes(half.array());
        initiator.close();
        CompletableFuture.runAsync(target.export::close).get(20, TimeUnit.SECONDS);
    }
}
