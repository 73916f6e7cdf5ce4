package org.sanboot.lab;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;

/** A machine did not become ready. The message names the stage it reached, the last observation and likely causes. */
public final class BootFailedException extends InfrastructureException {

    private final transient @Nullable Failure failure;

    /**
     * Creates the error.
     *
     * @param message the stage reached, the last observation and likely causes
     * @param cause what led to it, if an error did
     * @param failure what was kept of the machine, if anything was
     */
    public BootFailedException(String message, @Nullable Throwable cause, @Nullable Failure failure) {
        super(message, cause);
        this.failure = failure;
    }

    /**
     * Returns what was kept of the machine.
     *
     * @return the failure, or nothing when there was nothing to keep
     */
    public Optional<Failure> failure() {
        return Optional.ofNullable(failure);
    }
}
