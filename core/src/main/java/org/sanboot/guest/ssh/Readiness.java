package org.sanboot.guest.ssh;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.CredentialsRefusedException;

/** One wait for a guest to be fit for use, over as many connections as it takes. Used by one thread. */
final class Readiness {

    private static final int REFUSALS_BELIEVED = 3;

    /** With the usual patience one in 2 s: OpenSSH 9.8 shuts out who is refused more often (PerSourcePenalties). */
    private static final int REFUSALS_SPREAD_OVER_PATIENCE = 5;

    private static final Duration WHEN_NOT_FIT_YET = Duration.ofMillis(500);

    /**
     * Enough for most; doubled each time it was not. Less than what a slow guest may take, because a connection into one
     * that goes down for a reboot just then is never answered.
     */
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(4);

    private static final Duration LAST_PATIENCE = Duration.ofSeconds(32);

    private static final String NOTHING = "nothing was tried";

    /** Says why a guest is not fit for use yet. */
    @FunctionalInterface
    interface Check {
        /**
         * Asks the guest on a new connection.
         *
         * @param patience how long it may take to answer
         */
        Optional<String> unreadiness(Duration patience);
    }

    private final SshConnection connection;
    private final SshConfiguration configuration;
    private final Supplier<Optional<String>> hopeless;
    private final Check check;
    private Duration patience = FIRST_PATIENCE;
    private String lastObservation = NOTHING;
    private int refusals;
    private long firstRefusal;

    /**
     * Makes a wait that has not begun.
     *
     * @param hopeless asked before each try, says why waiting is of no use
     * @param check made on each new connection
     */
    Readiness(
            SshConnection connection,
            SshConfiguration configuration,
            Supplier<Optional<String>> hopeless,
            Check check) {
        this.connection = connection;
        this.configuration = configuration;
        this.hopeless = hopeless;
        this.check = check;
    }

    /**
     * Waits.
     *
     * @param what completes "the guest did not ..."
     */
    void await(String what, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        connection.disconnect();
        try (var doorbell = new Doorbell(connection::address)) {
            Awaitility.await("the guest to " + what)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofNanos(1)) // the doorbell sets the pace
                    .atMost(timeout)
                    .until(() -> tryOnce(doorbell, Duration.ofNanos(deadline - System.nanoTime())));
        } catch (ConditionTimeoutException e) {
            throw new InfrastructureException(
                    "The guest did not %s within %s; the last that was seen of it: %s"
                            .formatted(what, spoken(timeout), lastObservation),
                    e);
        }
    }

    private boolean tryOnce(Doorbell doorbell, Duration remaining) {
        hopeless.get().ifPresent(reason -> {
            throw new InfrastructureException(
                    "There is no use in waiting for the guest any longer: %s; the last that was seen of it: %s"
                            .formatted(reason, lastObservation));
        });
        try {
            Doorbell.@Nullable Answer answer = doorbell.ring(remaining);
            if (answer == null) {
                return false;
            }
            if (answer.wire() != null) {
                doorbell.hangUp();
                return isReady(doorbell, answer.wire(), answer.address(), remaining);
            }
            lastObservation = "%s (%s)".formatted(answer.observation(), answer.address());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(
                    "Interrupted while waiting for the guest; the last that was seen of it: " + lastObservation, e);
        }
    }

    private boolean isReady(Doorbell doorbell, Wire wire, InetSocketAddress address, Duration remaining) {
        try {
            connection.connect(wire, address, shortest(configuration.connectTimeout(), patience, remaining));
            Optional<String> reason = check.unreadiness(shortest(patience, remaining));
            reason.ifPresent(text -> lastObservation = text);
            if (reason.isEmpty()) {
                return true;
            }
            doorbell.rest(WHEN_NOT_FIT_YET);
        } catch (CredentialsRefusedException e) {
            believeRefusals(e);
            doorbell.rest(configuration.refusalPatience().dividedBy(REFUSALS_SPREAD_OVER_PATIENCE));
        } catch (HostKeyChangedException | ConfigurationException e) {
            throw e;
        } catch (InfrastructureException | TestException e) {
            lastObservation =
                    remaining.compareTo(patience) < 0 ? afterwards(lastObservation, e) : String.valueOf(e.getMessage());
            patience = shortest(patience.multipliedBy(2), LAST_PATIENCE);
        }
        connection.disconnect();
        return false;
    }

    /** A try that the deadline cut short says little of the guest; what was seen before stays the news. */
    private static String afterwards(String before, Exception cutShort) {
        return before.equals(NOTHING)
                ? String.valueOf(cutShort.getMessage())
                : "%s; then time ran out: %s".formatted(before, cutShort.getMessage());
    }

    private static Duration shortest(Duration... durations) {
        Duration shortest = Collections.min(List.of(durations));
        return shortest.isNegative() || shortest.isZero() ? Duration.ofMillis(1) : shortest;
    }

    private void believeRefusals(CredentialsRefusedException e) {
        long now = System.nanoTime();
        if (refusals++ == 0) {
            firstRefusal = now;
        }
        lastObservation = String.valueOf(e.getMessage());
        if (refusals >= REFUSALS_BELIEVED
                && now - firstRefusal >= configuration.refusalPatience().toNanos()) {
            throw e;
        }
    }

    /** A duration for people: {@code 90 s}, {@code 250 ms}. */
    static String spoken(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
