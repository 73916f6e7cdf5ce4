package org.sanboot.junit;

import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestWatcher;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;

/**
 * Sees everything that fails: captures evidence at the instant of a failure, says whose it is, and hears JUnit's verdict.
 * Stateless, as {@link SanbootExtension} is.
 */
final class FailureInterceptor
        implements TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler,
                InvocationInterceptor,
                PreInterruptCallback,
                TestWatcher {

    FailureInterceptor() {}

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw intercepted(context, thrown);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw intercepted(context, thrown);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw intercepted(context, thrown);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw intercepted(context, thrown);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw intercepted(context, thrown);
    }

    /** A dynamic test's failure reaches neither the factory's context nor a watcher. */
    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext invocationContext, ExtensionContext context)
            throws Throwable {
        try {
            invocation.proceed();
            SanbootExtension.failOnCrash(context);
        } catch (Throwable thrown) {
            Throwable reported = intercepted(context, thrown);
            if (!Problems.isAbort(reported)) {
                HostScope.around(context).ifPresent(scope -> scope.note(new Verdict.Failed(reported)));
            }
            throw reported;
        }
    }

    /** Comes on JUnit's only thread for time-outs, while the test still hangs. */
    @Override
    public void beforeThreadInterrupt(PreInterruptContext preInterruptContext, ExtensionContext context) {
        HostScope.around(context)
                .ifPresent(scope -> scope.beginCapture(new TimeoutException("The time of the test is over.")));
    }

    /** Captures evidence, says whose failure it is, and leaves the machines up if that is wanted. */
    private static Throwable intercepted(ExtensionContext context, Throwable thrown) {
        HostScope scope = HostScope.around(context).orElse(null);
        if (scope == null || Problems.isAbort(thrown)) {
            return thrown;
        }
        scope.capture(context, thrown);
        Throwable reported = attributed(scope, thrown);
        scope.hold();
        return reported;
    }

    /**
     * A test cannot fail on account of a lab that broke. Otherwise, what the guest does once it was ready is the product's,
     * also that it does not answer or does not come back.
     */
    private static Throwable attributed(HostScope scope, Throwable thrown) {
        Optional<String> trouble = scope.labTrouble(true);
        if (trouble.isPresent()) {
            return new InfrastructureException(
                    "The lab broke, so this failure says nothing about the product. " + trouble.get(), thrown);
        }
        Optional<String> crashes = scope.newCrashes();
        if (thrown instanceof InfrastructureException infrastructure && scope.hasMachines()) {
            return new TestException(
                    crashes.map(what -> "The guest crashed. %s. Then: ".formatted(what))
                                    .orElse("The guest was ready before, and nothing of the lab broke: ")
                            + infrastructure.getMessage(),
                    thrown);
        }
        crashes.ifPresent(what -> thrown.addSuppressed(new TestException("The guest crashed. %s.".formatted(what))));
        return thrown;
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        conclude(context, new Verdict.Passed());
    }

    @Override
    public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
        conclude(context, new Verdict.Ended());
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        conclude(
                context,
                new Verdict.Failed(cause == null ? new AssertionError("The test failed without saying why.") : cause));
    }

    /** A test that was never begun, because its constructor failed, counts for the classes around it. */
    private static void conclude(ExtensionContext context, Verdict verdict) {
        HostScope.of(context)
                .ifPresentOrElse(
                        scope -> scope.concludeOrPrint(verdict),
                        () -> HostScope.around(context).ifPresent(scope -> scope.noteUnbegun(context, verdict)));
    }
}
