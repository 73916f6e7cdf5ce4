package org.sanboot.evidence;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which test failed, and how.
 *
 * @param testId the framework's unique id, or any text that identifies the test
 * @param displayName the test for people, such as {@code AgentTests.survives_a_power_cut()}
 * @param kind whose the failure is
 * @param exception what was thrown; nothing when a passed test's disk is kept on demand
 */
public record FailureDescription(
        String testId,
        String displayName,
        Kind kind,
        @Nullable Throwable exception) {

    /** Whose a failure is. */
    public enum Kind {
        /** The product's: the test failed. */
        TEST,
        /** The lab's: a machine did not boot or broke down. */
        INFRASTRUCTURE,
        /** The author's: what was asked for cannot work, such as a login that the guest refuses. */
        CONFIGURATION,
        /** Nobody's so far: the run was ended before there was a verdict. */
        INTERRUPTED,
        /** Nobody's: the test passed, and its disk was to be kept all the same. */
        NONE
    }

    /** Checks the values. */
    public FailureDescription {
        Objects.requireNonNull(testId, "testId");
        Objects.requireNonNull(displayName, "displayName");
        Objects.requireNonNull(kind, "kind");
    }
}
