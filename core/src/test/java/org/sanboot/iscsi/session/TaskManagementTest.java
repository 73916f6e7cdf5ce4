package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;
import static org.sanboot.iscsi.session.LiveTarget.answer;
import static org.sanboot.iscsi.session.LiveTarget.random;
import static org.sanboot.iscsi.session.LiveTarget.tmf;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.TestInitiator.Reply;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ReadyToTransfer;
import org.sanboot.iscsi.pdu.ScsiResponse;
import org.sanboot.iscsi.pdu.TaskManagementResponse;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TaskManagementTest {

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.close();
    }

    private static int outcome(Reply reply) {
        return ((TaskManagementResponse) reply.pdu()).response();
    }

    @Test
    void an_aborted_write_is_not_answered_and_its_late_data_does_no_harm() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            int tag = initiator.sendWrite(0, Cdbs.write10(0, 4), 2048, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) initiator.receive().pdu();
            initiator.send(tmf(initiator, 1, 0, tag), NOTHING);
            assertThat(outcome(initiator.receive())).isZero();
            answer(initiator, request, random(2048, 1));
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
            assertThat(target.disk.bytes()).startsWith(new byte[2048]);
        }
    }

    /** Of a command that ends on a worker at the same time: it is answered, or aborted, and never both. */
    @Test
    void an_abort_and_the_answer_of_the_same_task_never_both_happen() throws Exception {
        int aborted = 0;
        try (TestInitiator initiator = target.login(1)) {
            for (int i = 0; i < 2000; i++) {
                int tag = initiator.sendRead(0, Cdbs.synchronizeCache(), 0);
                for (int spin = i % 50; spin > 0; spin--) {
                    Thread.onSpinWait();
                }
                initiator.send(tmf(initiator, 1, 0, tag), NOTHING);
                boolean answered = initiator.receive().pdu() instanceof ScsiResponse;
                if (answered) {
                    assertThat(outcome(initiator.receive())).isEqualTo(1);
                } else {
                    aborted++;
                    initiator.send(new NopOut(true, 0, 999, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
                    assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
                }
            }
        }
        assertThat(aborted).isBetween(1, 2000);
    }

    /** The initiator may send nothing before it hears of room, and hears nothing of aborted commands. */
    @Test
    void a_reset_by_another_session_shows_a_window_that_was_closed() throws Exception {
        try (TestInitiator one = target.login(1);
                TestInitiator two = target.login(2, Map.of("InitialR2T", "Yes"))) {
            for (int i = 0; i < 128; i++) {
                two.sendWrite(0, Cdbs.write10(0, 1), 512, NOTHING);
                two.receive();
            }
            one.send(tmf(one, 5, 0, 0), NOTHING);
            assertThat(outcome(one.receive())).isZero();
            NopIn shown = (NopIn) two.receive().pdu();
            assertThat(shown.targetTransferTag()).isEqualTo(BasicHeader.NO_TAG);
            assertThat(shown.numbers().maxCmdSN() - shown.numbers().expCmdSN() + 1)
                    .isPositive();
        }
    }

    /** Linux sends function 0 at times; it is answered, and the session lives on. */
    @ParameterizedTest
    @CsvSource({"0, 5", "3, 5", "8, 4", "9, 5", "127, 5"})
    void functions_that_are_not_offered_are_answered_so(int function, int outcome) throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(tmf(initiator, function, 0, 0), NOTHING);
            assertThat(outcome(initiator.receive())).isEqualTo(outcome);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void tasks_and_logical_units_that_are_not_there_are_answered_so() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(tmf(initiator, 1, 0, 4711), NOTHING);
            assertThat(outcome(initiator.receive())).isEqualTo(1);
            initiator.send(tmf(initiator, 5, 7L << 48, 0), NOTHING);
            assertThat(outcome(initiator.receive())).isEqualTo(2);
        }
    }

    @Test
    void a_reset_of_a_logical_unit_ends_tasks_of_all_sessions_and_tells_them() throws Exception {
        try (TestInitiator one = target.login(1);
                TestInitiator two = target.login(2)) {
            int tag = two.sendWrite(0, Cdbs.write10(0, 4), 2048, NOTHING);
            ReadyToTransfer request = (ReadyToTransfer) two.receive().pdu();
            one.send(tmf(one, 5, 0, 0), NOTHING);
            assertThat(outcome(one.receive())).isZero();
            answer(two, request, random(2048, 1));
            assertThat(two.read(Cdbs.testUnitReady(), 0).senseCode()).isEqualTo(0x062903);
            assertThat(one.read(Cdbs.testUnitReady(), 0).senseCode()).isEqualTo(0x062903);
            assertThat(two.read(Cdbs.testUnitReady(), 0).status()).isZero();
            assertThat(tag).isPositive();
            assertThat(target.disk.bytes()).startsWith(new byte[2048]);
        }
    }

    @Test
    void clearing_the_task_set_tells_the_other_initiator() throws Exception {
        try (TestInitiator one = target.login(1);
                TestInitiator two = target.login(2)) {
            two.sendWrite(0, Cdbs.write10(0, 4), 2048, NOTHING);
            two.receive();
            one.send(tmf(one, 4, 0, 0), NOTHING);
            assertThat(outcome(one.receive())).isZero();
            assertThat(two.read(Cdbs.testUnitReady(), 0).senseCode()).isEqualTo(0x062F00);
            assertThat(one.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void a_warm_reset_keeps_sessions_and_a_cold_one_ends_them() throws Exception {
        try (TestInitiator one = target.login(1);
                TestInitiator two = target.login(2)) {
            one.send(tmf(one, 6, 0, 0), NOTHING);
            assertThat(outcome(one.receive())).isZero();
            assertThat(two.read(Cdbs.testUnitReady(), 0).senseCode()).isEqualTo(0x062903);
            one.send(tmf(one, 7, 0, 0), NOTHING);
            assertThat(outcome(one.receive())).isZero();
            assertThat(one.isClosedByTarget()).isTrue();
            assertThat(two.isClosedByTarget()).isTrue();
        }
    }
}
