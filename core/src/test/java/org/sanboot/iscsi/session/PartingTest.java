package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.InfrastructureException;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.MemoryDisk.Access;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.pdu.AsyncMessage;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PartingTest {

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.disk.release();
        target.close();
    }

    private CompletableFuture<Void> announce() {
        return target.export.announceDrop(target.export.sessions().get(0));
    }

    private static AsyncMessage receive(TestInitiator initiator) throws IOException {
        AsyncMessage message = (AsyncMessage) initiator.receive().pdu();
        assertThat(message.event()).isEqualTo(AsyncMessage.WILL_DROP_CONNECTION);
        assertThat(message.parameter2()).isZero();
        NopIn ping = (NopIn) initiator.receive().pdu();
        assertThat(ping.targetTransferTag()).isNotEqualTo(BasicHeader.NO_TAG);
        return message;
    }

    /** Answers the ping, and with it acknowledges what came before. */
    private static void acknowledge(TestInitiator initiator, AsyncMessage message) throws IOException {
        int next = message.numbers().statSN() + 1;
        initiator.send(new NopOut(true, 0, BasicHeader.NO_TAG, 1, initiator.cmdSN(), next), NOTHING);
    }

    @Test
    void an_initiator_acknowledges_that_its_connection_will_go_and_the_session_goes_on() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            CompletableFuture<Void> announced = announce();
            AsyncMessage message = receive(initiator);
            assertThat(announced).isNotDone();
            acknowledge(initiator, message);
            announced.get(20, TimeUnit.SECONDS);
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }

    @Test
    void commands_that_are_under_way_are_waited_for() throws Exception {
        try (TestInitiator initiator = target.login(1)) {
            target.disk.hold(Access.READ);
            int read = initiator.sendRead(0, Cdbs.read10(0, 1), 512);
            target.disk.awaitHeld(1);
            CompletableFuture<Void> announced = announce();
            acknowledge(initiator, receive(initiator));
            initiator.send(new NopOut(true, 0, 77, BasicHeader.NO_TAG, initiator.cmdSN(), 0), NOTHING);
            assertThat(initiator.receive().pdu()).isInstanceOf(NopIn.class);
            assertThat(announced).isNotDone();
            target.disk.release();
            assertThat(initiator.finish(read, 512).status()).isZero();
            announced.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_session_that_ends_instead_is_told_of() throws Exception {
        CompletableFuture<Void> announced;
        try (TestInitiator initiator = target.login(1)) {
            announced = announce();
            receive(initiator);
        }
        assertThatThrownBy(() -> announced.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(InfrastructureException.class);
    }
}
