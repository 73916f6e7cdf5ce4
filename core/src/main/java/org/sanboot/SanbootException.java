package org.sanboot;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Anything that Sanboot reports as an error; its subtype says whose it is to mend. */
public abstract sealed class SanbootException extends RuntimeException
        permits ConfigurationException, InfrastructureException, TestException {

    SanbootException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Returns the sentence, which is always there. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
