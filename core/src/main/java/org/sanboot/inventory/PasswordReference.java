package org.sanboot.inventory;

import org.sanboot.ConfigurationException;
import org.sanboot.image.Secret;

/** Where a password is found. The password itself is in no record, report or message. */
public final class PasswordReference {

    private final Secret.Password secret;

    private PasswordReference(Secret.Password secret) {
        this.secret = secret;
    }

    /**
     * Reads a reference.
     *
     * @param reference {@code env:NAME}, {@code file:PATH} or {@code command:WORDS}
     * @return the reference
     * @throws ConfigurationException when it is none of these
     */
    public static PasswordReference parse(String reference) {
        if (Secret.parse(reference) instanceof Secret.Password password) {
            return new PasswordReference(password);
        }
        throw new ConfigurationException("A password is referred to by env:NAME, file:PATH or command:WORDS.");
    }

    /**
     * Looks the password up, anew each time.
     *
     * @return the password; it belongs into no message
     * @throws ConfigurationException when it is not where it should be
     */
    public String read() {
        return secret.read();
    }

    /** Returns the reference as {@link #parse} takes it. */
    @Override
    public String toString() {
        return secret.toString();
    }
}
