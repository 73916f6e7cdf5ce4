package org.sanboot.lab.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.CredentialsRefusedException;
import org.sanboot.guest.Guest;
import org.sanboot.lab.observation.BootWatch;

/**
 * A guest whose failures say whose they are. What it does once it was ready is the product's: that its connection is lost,
 * that it does not come back from a reboot, that it lets nobody in any more. While it boots for the first time, and once
 * the lab is known to have broken, the failure is the lab's.
 *
 * <p>Thread-safe as the guest is.
 */
final class AttributedGuest implements Guest {

    /** A connection ends a moment before the machine has said that its process died, or that the guest panicked. */
    private static final Duration TOLD_WITHIN = Duration.ofMillis(500);

    private final Guest guest;
    private final BooleanSupplier wasReady;
    private final Supplier<Optional<String>> labTrouble;
    private final BootWatch watch;

    /**
     * Takes a guest.
     *
     * @param wasReady tells whether it has been ready since its machine was made
     * @param labTrouble says how the lab broke, if it did
     * @param watch knows what was seen of the machine from outside
     */
    AttributedGuest(Guest guest, BooleanSupplier wasReady, Supplier<Optional<String>> labTrouble, BootWatch watch) {
        this.guest = guest;
        this.wasReady = wasReady;
        this.labTrouble = labTrouble;
        this.watch = watch;
    }

    /** Does something with the guest, and throws what it throws as the failure of whose it is. */
    <T> T attributed(Supplier<T> action) {
        try {
            return action.get();
        } catch (InfrastructureException | CredentialsRefusedException e) {
            throw Thread.currentThread().isInterrupted() || !wasReady.getAsBoolean() ? e : afterReady(e);
        } catch (TestException e) {
            throw labTrouble
                    .get()
                    .<SanbootException>map(why -> new InfrastructureException(
                            "The lab broke, so this says nothing about the guest. %s\n%s"
                                    .formatted(why, e.getMessage()),
                            e))
                    .orElse(e);
        }
    }

    void attributed(Runnable action) {
        attributed(() -> {
            action.run();
            return true;
        });
    }

    private SanbootException afterReady(SanbootException failure) {
        Optional<String> seen = watch.awaitTrouble(TOLD_WITHIN);
        if (labTrouble.get().isPresent()) {
            return failure instanceof InfrastructureException
                    ? failure
                    : new InfrastructureException(String.valueOf(failure.getMessage()), failure);
        }
        return new TestException(
                "The guest was ready before, and nothing of the lab broke%s: %s"
                        .formatted(
                                seen.map(what -> " (seen from outside: %s)".formatted(what))
                                        .orElse(""),
                                failure.getMessage()),
                failure);
    }

    @Override
    public CommandResult run(Command command) {
        return attributed(() -> guest.run(command));
    }

    @Override
    public void copyTo(Path local, String remote) {
        attributed(() -> guest.copyTo(local, remote));
    }

    @Override
    public void copyFrom(String remote, Path local) {
        attributed(() -> guest.copyFrom(remote, local));
    }

    /** As the guest says it: whoever waits has more to tell of the wait, and attributes the whole. */
    @Override
    public void awaitReady(Duration timeout, Supplier<Optional<String>> hopeless) {
        guest.awaitReady(timeout, hopeless);
    }

    @Override
    public String bootId() {
        return attributed(guest::bootId);
    }

    @Override
    public void reboot(Duration timeout, Supplier<Optional<String>> hopeless) {
        attributed(() -> guest.reboot(timeout, hopeless));
    }

    @Override
    public void resumed(Duration timeout) {
        attributed(() -> guest.resumed(timeout));
    }

    /** As the guest says it: one that does not answer still has its power button. */
    @Override
    public void requestShutdown() {
        guest.requestShutdown();
    }

    @Override
    public String bootDiskBus() {
        return attributed(guest::bootDiskBus);
    }

    @Override
    public void disconnect() {
        guest.disconnect();
    }

    @Override
    public void forgetHostKey() {
        guest.forgetHostKey();
    }

    @Override
    public void close() {
        guest.close();
    }
}
