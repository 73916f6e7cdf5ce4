package org.sanboot.guest.ssh;

import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/** The guest answered and refused the user; told apart because a starting guest may do so and change its mind. */
final class CredentialsRefusedException extends ConfigurationException {

    private static final long serialVersionUID = 1;

    CredentialsRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
