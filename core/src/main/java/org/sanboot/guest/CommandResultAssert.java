package org.sanboot.guest;

import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions on the end of a command in a guest. */
public final class CommandResultAssert extends AbstractAssert<CommandResultAssert, CommandResult> {

    CommandResultAssert(@Nullable CommandResult actual) {
        super(actual, CommandResultAssert.class);
    }

    /**
     * Verifies that the exit status is 0.
     *
     * @return this
     */
    public CommandResultAssert succeeded() {
        return hasExitStatus(0);
    }

    /**
     * Verifies that the exit status is not 0.
     *
     * @return this
     */
    public CommandResultAssert failed() {
        isNotNull();
        if (actual.exitStatus() == 0) {
            failWithMessage("%nExpected to fail in the guest:%n  %s%nbut it succeeded.%s", actual.command(), output());
        }
        return this;
    }

    /**
     * Verifies the exit status.
     *
     * @param expected the status
     * @return this
     */
    public CommandResultAssert hasExitStatus(int expected) {
        isNotNull();
        if (actual.exitStatus() != expected) {
            failWithActualExpectedAndMessage(
                    actual.exitStatus(),
                    expected,
                    "%nExpected in the guest:%n  %s%nto end with status %d but it ended with %d after %d ms.%s",
                    actual.command(),
                    expected,
                    actual.exitStatus(),
                    actual.duration().toMillis(),
                    output());
        }
        return this;
    }

    /**
     * Verifies the whole standard output, leading and trailing white space aside.
     *
     * @param expected the text
     * @return this
     */
    public CommandResultAssert hasOutput(String expected) {
        isNotNull();
        if (!actual.stdout().strip().equals(expected.strip())) {
            failWithActualExpectedAndMessage(
                    actual.stdout().strip(),
                    expected.strip(),
                    "%nExpected in the guest:%n  %s%nto print:%n  %s%s",
                    actual.command(),
                    expected,
                    output());
        }
        return this;
    }

    /**
     * Verifies that the standard output has a text in it.
     *
     * @param expected the text
     * @return this
     */
    public CommandResultAssert outputContains(String expected) {
        isNotNull();
        if (!actual.stdout().contains(expected)) {
            failWithMessage(
                    "%nExpected in the guest:%n  %s%nto print something with:%n  %s%s",
                    actual.command(), expected, output());
        }
        return this;
    }

    private String output() {
        return "%n%s".formatted(actual.transcript());
    }
}
