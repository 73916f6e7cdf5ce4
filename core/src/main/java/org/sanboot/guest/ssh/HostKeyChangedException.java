package org.sanboot.guest.ssh;

import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;

/** Another machine answers; told apart because waiting does not help. */
final class HostKeyChangedException extends InfrastructureException {

    private static final long serialVersionUID = 1;

    HostKeyChangedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
