package org.sanboot;

import org.jspecify.annotations.Nullable;

/** The lab failed: a disk, a process, a network, a machine that does not boot. It says nothing about the product. */
public non-sealed class InfrastructureException extends SanbootException {

    /**
     * Creates the error.
     *
     * @param message what failed, on which object, the likely cause, and where the evidence lies
     */
    public InfrastructureException(String message) {
        this(message, null);
    }

    /**
     * Creates the error with what led to it.
     *
     * @param message what failed, on which object, the likely cause, and where the evidence lies
     * @param cause what led to it
     */
    public InfrastructureException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
