package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.MemoryDisk.Access;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.TestInitiator;

/** A system that has no more threads costs whoever needs one, and nobody else. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScarcityTest {

    private volatile boolean noThreads;

    private final PortalGroup portals = new PortalGroup(
            List.of(new InetSocketAddress("127.0.0.1", 0)),
            new PortalGroup.Limits(16, 16, Duration.ofSeconds(15)),
            this::thread);
    private final MemoryDisk disk = new MemoryDisk(1 << 20);

    /** What the JVM does where the system refuses it a thread; not in start(), which executors of newer JDKs do not call. */
    private Thread thread(Runnable work) {
        if (noThreads) {
            throw new OutOfMemoryError("unable to create native thread");
        }
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    @BeforeEach
    void export() {
        portals.add(new Target(
                LiveTarget.NAME,
                Map.of(0, disk),
                new Target.Access(null, null, null, null),
                SessionObserver.NONE,
                portals.threads()));
    }

    @AfterEach
    void close() {
        noThreads = false;
        disk.release();
        portals.close();
    }

    private TestInitiator connect() throws Exception {
        return new TestInitiator(portals.portals().get(0));
    }

    private TestInitiator login(long isid) throws Exception {
        TestInitiator initiator = connect();
        assertThat(initiator
                        .login(LiveTarget.NAME.value(), isid, LiveTarget.FAST)
                        .status())
                .isZero();
        return initiator;
    }

    @Test
    void a_connection_for_which_there_is_no_thread_is_closed_and_later_ones_are_served() throws Exception {
        try (TestInitiator first = login(1)) {
            noThreads = true;
            try (TestInitiator refused = connect()) {
                assertThat(refused.isClosedByTarget()).isTrue();
            }
            assertThat(first.read(Cdbs.read10(0, 8), 4096).status()).isZero();
            noThreads = false;
            try (TestInitiator second = login(2)) {
                assertThat(second.read(Cdbs.read10(0, 8), 4096).status()).isZero();
            }
        }
    }

    @Test
    void a_command_for_which_there_is_no_worker_is_answered_all_the_same() throws Exception {
        try (TestInitiator initiator = login(1)) {
            noThreads = true;
            assertThat(initiator.read(Cdbs.synchronizeCache(), 0).status()).isEqualTo(2);
            noThreads = false;
            assertThat(initiator.read(Cdbs.synchronizeCache(), 0).status()).isZero();
        }
    }

    @Test
    void a_reader_that_nobody_can_relieve_ends_its_command_itself() throws Exception {
        try (TestInitiator initiator = login(1)) {
            disk.hold(Access.READ);
            noThreads = true;
            int read = initiator.sendRead(0, Cdbs.read10(0, 8), 4096);
            disk.awaitHeld(1);
            disk.release();
            assertThat(initiator.finish(read, 4096).status()).isZero();
            noThreads = false;
            assertThat(initiator.read(Cdbs.testUnitReady(), 0).status()).isZero();
        }
    }
}
