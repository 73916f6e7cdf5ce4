package org.sanboot.guest;

import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * The guest answered and refused the user. Told apart because a starting guest may do so and change its mind, and because a
 * guest that let the user in before refuses by what was done to it.
 */
public final class CredentialsRefusedException extends ConfigurationException {

    private static final long serialVersionUID = 1;

    /**
     * Creates the exception.
     *
     * @param message who was refused, where, and what the guest accepts
     * @param cause what was caught, or null
     */
    public CredentialsRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
