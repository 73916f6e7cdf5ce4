package org.sanboot.evidence;

/** Where failures are kept. */
public final class FailureStore {
    private FailureStore() {}
}
