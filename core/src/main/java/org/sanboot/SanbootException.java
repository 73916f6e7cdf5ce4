package org.sanboot;

import org.jspecify.annotations.Nullable;

/** Anything that Sanboot reports as an error; its subtype says whose it is to mend. */
public abstract sealed class SanbootException extends RuntimeException
        permits ConfigurationException, InfrastructureException, TestException {

    SanbootException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
