package org.sanboot;

import org.jspecify.annotations.Nullable;

/** What was asked for cannot be done as asked; whoever wrote the test or the settings can mend it. */
public non-sealed class ConfigurationException extends SanbootException {

    /**
     * Creates the error.
     *
     * @param message one sentence that names the object and the value, and says what to do
     */
    public ConfigurationException(String message) {
        this(message, null);
    }

    /**
     * Creates the error with what led to it.
     *
     * @param message one sentence that names the object and the value, and says what to do
     * @param cause what led to it
     */
    public ConfigurationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
