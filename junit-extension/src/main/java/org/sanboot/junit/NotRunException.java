package org.sanboot.junit;

import org.sanboot.InfrastructureException;

/**
 * A test was not run, because what it needs failed before and was reported there. An error and no abort, because build
 * tools count aborts as skipped and call the build green. It is one line: there is nothing to see at its place.
 */
final class NotRunException extends InfrastructureException {

    NotRunException(String message) {
        super("Not run: " + message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
