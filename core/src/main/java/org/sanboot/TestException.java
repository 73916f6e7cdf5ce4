package org.sanboot;

import org.jspecify.annotations.Nullable;

/** The guest, and so the product under test, did not do what the test asked of it. */
public non-sealed class TestException extends SanbootException {

    /**
     * Creates the error.
     *
     * @param message what the guest was asked, and what it did instead
     */
    public TestException(String message) {
        this(message, null);
    }

    /**
     * Creates the error with what led to it.
     *
     * @param message what the guest was asked, and what it did instead
     * @param cause what led to it
     */
    public TestException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
