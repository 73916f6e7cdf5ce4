package org.sanboot.junit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.FailureDescription.Kind;

/** How a test, or a class by itself, ended. */
sealed interface Verdict {

    /** It ran and nothing failed. */
    record Passed() implements Verdict {}

    /** Something failed. */
    record Failed(Throwable thrown) implements Verdict {}

    /** It ended without a failure of its own, which says nothing: it was aborted, or it is a class. */
    record Ended() implements Verdict {}

    /** Returns what JUnit knows by now: failures of constructors, callbacks, lifecycle methods and time-outs. */
    static Verdict soFar(ExtensionContext context) {
        return context.getExecutionException()
                .filter(thrown -> !Problems.isAbort(thrown))
                .<Verdict>map(Failed::new)
                .orElseGet(Ended::new);
    }

    /** Tells whose a failure is. */
    static Kind kindOf(@Nullable Throwable thrown) {
        if (thrown == null) {
            return Kind.NONE;
        }
        if (thrown instanceof ConfigurationException) {
            return Kind.CONFIGURATION;
        }
        return thrown instanceof InfrastructureException ? Kind.INFRASTRUCTURE : Kind.TEST;
    }
}
