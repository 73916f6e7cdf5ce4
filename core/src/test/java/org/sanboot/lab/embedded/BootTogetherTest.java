package org.sanboot.lab.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.GuestAccess;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Stay;

@Timeout(10)
class BootTogetherTest {

    private static final HostRequest CLIENT =
            HostRequest.of("debian").name("client").build();
    private static final HostRequest SERVER =
            HostRequest.of("debian").name("server").build();

    private final Map<String, FakeStay> stays = new ConcurrentHashMap<>();

    @Test
    void boots_side_by_side_and_answers_in_the_order_of_the_requests() {
        CyclicBarrier bothBoot = new CyclicBarrier(2);

        List<Stay> booted = BootTogether.boot(List.of(CLIENT, SERVER), request -> {
            await(bothBoot);
            return stay(request);
        });

        assertThat(booted).containsExactly(stays.get("client"), stays.get("server"));
    }

    @Test
    void discards_the_others_when_one_does_not_boot() {
        CountDownLatch clientIsReady = new CountDownLatch(1);

        assertThatThrownBy(() -> BootTogether.boot(List.of(CLIENT, SERVER), request -> {
                    if (request == SERVER) {
                        await(clientIsReady);
                        throw new BootFailedException("no firmware login", null, null);
                    }
                    clientIsReady.countDown();
                    return stay(request);
                }))
                .isInstanceOf(BootFailedException.class)
                .hasMessage("no firmware login");

        assertThat(stays.get("client").discarded).isTrue();
    }

    @Test
    void interrupts_the_boots_that_are_of_no_use_any_more() {
        CountDownLatch never = new CountDownLatch(1);

        assertThatThrownBy(() -> BootTogether.boot(List.of(CLIENT, SERVER), request -> {
                    if (request == SERVER) {
                        throw new BootFailedException("no firmware login", null, null);
                    }
                    await(never);
                    return stay(request);
                }))
                .hasMessage("no firmware login");

        assertThat(stays).isEmpty();
    }

    @Test
    void leaves_nothing_when_the_caller_is_interrupted() throws InterruptedException {
        CountDownLatch clientIsReady = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                BootTogether.boot(List.of(CLIENT, SERVER), request -> {
                    if (request == SERVER) {
                        await(never);
                    }
                    Stay stay = stay(request);
                    clientIsReady.countDown();
                    return stay;
                });
            } catch (RuntimeException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? e : new AssertionError("status lost", e));
            }
        });
        caller.start();
        await(clientIsReady);

        caller.interrupt();
        caller.join();

        assertThat(thrown.get()).isInstanceOf(InfrastructureException.class).hasMessageStartingWith("Interrupted");
        assertThat(stays.get("client").discarded).isTrue();
        assertThat(stays).doesNotContainKey("server");
    }

    private Stay stay(HostRequest request) {
        return stays.computeIfAbsent(request.name(), name -> new FakeStay());
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError("nothing happened");
            }
        } catch (InterruptedException e) {
            throw new InfrastructureException("interrupted", e);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the other one did not boot meanwhile", e);
        }
    }

    private static final class FakeStay implements Stay {

        private volatile boolean discarded;

        @Override
        public BootedHost host() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void witness(Throwable failure) {}

        @Override
        public GuestAccess access() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void end() {}

        @Override
        public Failure keep(FailureDescription description) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path sealedDisk() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void discard() {
            discarded = true;
        }

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public Optional<String> labTrouble() {
            return Optional.empty();
        }
    }
}
