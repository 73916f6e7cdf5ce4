package org.sanboot.image;

import org.sanboot.ConfigurationException;

/**
 * Who may log in to a guest.
 *
 * @param user the account
 * @param secret where its secret is found
 */
public record Credentials(String user, Secret secret) {

    /** Checks the user. */
    public Credentials {
        if (user.isBlank() || user.chars().anyMatch(Character::isISOControl)) {
            throw new ConfigurationException("The user of an image's credentials is empty or has control characters.");
        }
    }
}
