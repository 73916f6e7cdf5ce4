package org.sanboot.block;

import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;

/** A disk could not be read or written. */
public final class BlockIoException extends InfrastructureException {

    /** Why, in the terms that a SCSI initiator is told. */
    public enum Reason {
        /** The medium below failed or is gone: MEDIUM ERROR. */
        MEDIUM,
        /** The host's disk is full: DATA PROTECT, SPACE ALLOCATION FAILED WRITE PROTECT (SBC-4 4.7.3.6). */
        NO_SPACE,
        /** The device takes no writes: DATA PROTECT, WRITE PROTECTED. */
        READ_ONLY,
        /** The device failed in a way that it did not foresee: HARDWARE ERROR, INTERNAL TARGET FAILURE. */
        INTERNAL
    }

    /** Why the disk failed. */
    private final Reason reason;

    /**
     * Creates the error.
     *
     * @param reason why, in SCSI terms
     * @param message what failed, on which file, at which offset
     * @param cause what the host said, if it said anything
     */
    public BlockIoException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /**
     * Returns why.
     *
     * @return the reason in SCSI terms
     */
    public Reason reason() {
        return reason;
    }
}
