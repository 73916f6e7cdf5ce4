package org.sanboot.junit;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.platform.commons.support.AnnotationSupport;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.lab.BootedHost;

/**
 * Ties the life of machines to the life of tests; registered by the annotations.
 *
 * <p>Stateless: what belongs to a test or a class is in its {@link HostScope}. Machines of a class boot in {@code
 * beforeAll}, those of a test in {@code beforeEach}, never while a test instance is made, because that happens for
 * disabled tests too. Evidence is captured at the instant of a failure; a machine is given back when the store of its
 * test is closed, after all callbacks; what becomes of the disk is decided when JUnit announces the verdict.
 */
final class SanbootExtension
        implements BeforeAllCallback,
                BeforeEachCallback,
                AfterEachCallback,
                AfterAllCallback,
                TestInstancePreConstructCallback,
                ParameterResolver,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler,
                InvocationInterceptor,
                PreInterruptCallback,
                TestWatcher {

    private static final Namespace NAMESPACE = Namespace.create(SanbootExtension.class);

    SanbootExtension() {}

    // Without this, what is done for an instance would belong to the class and not see the test's failure.
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    /** Lets the failure of a constructor count for the classes around, where no callback follows. */
    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factoryContext, ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            HostScope.enter(context);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        HostScope scope = HostScope.enter(context);
        Class<?> testClass = context.getRequiredTestClass();
        Injection.checkFields(testClass);
        scope.declare(plans(HostDeclaration.on(testClass), context));
        boot(scope, scope.declared(Revert.PER_CLASS), context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        HostScope scope = HostScope.enter(context);
        context.getStore(NAMESPACE).put(AtTestEnd.class, new AtTestEnd(context, scope));
        scope.brokenBefore().ifPresent(Assumptions::abort);
        List<Object> instances = context.getRequiredTestInstances().getAllInstances();
        instances.forEach(instance -> Injection.checkFields(instance.getClass()));
        scope.declare(plans(HostDeclaration.on(context.getRequiredTestMethod()), context));
        boot(scope, scope.declaredForTest(), context);
        Injection.setFields(instances, scope);
    }

    private static Map<String, HostPlan> plans(Map<String, HostDeclaration> stated, ExtensionContext context) {
        RunSettings settings = RunSettings.of(context);
        Map<String, HostPlan> plans = new LinkedHashMap<>();
        stated.forEach((name, declaration) -> plans.put(name, HostPlan.of(declaration, settings)));
        return plans;
    }

    private static void boot(HostScope scope, List<HostPlan> plans, ExtensionContext context) {
        if (plans.isEmpty()) {
            return;
        }
        BootFailures failures = BootFailures.of(context);
        failures.abortIfAny(plans);
        try {
            scope.boot(plans, LabSession.of(context));
        } catch (SanbootException e) {
            if (!Thread.currentThread().isInterrupted()) {
                failures.add(plans, scope.title(), e);
            }
            throw e;
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameterContext, ExtensionContext context) {
        return Injection.isHost(parameterContext);
    }

    @Override
    public BootedHost resolveParameter(ParameterContext parameterContext, ExtensionContext context) {
        return Injection.forParameter(
                parameterContext, HostScope.around(context).orElse(null));
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw witnessed(context, thrown);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw witnessed(context, thrown);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw witnessed(context, thrown);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw witnessed(context, thrown);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw witnessed(context, thrown);
    }

    /** A dynamic test's failure reaches neither the factory's context nor a watcher. */
    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext invocationContext, ExtensionContext context)
            throws Throwable {
        try {
            invocation.proceed();
        } catch (Throwable thrown) {
            Throwable reported = witnessed(context, thrown);
            if (!Problems.isAbort(reported)) {
                HostScope.around(context).ifPresent(scope -> scope.failed(reported));
            }
            throw reported;
        }
    }

    /** Comes on the thread of the time-out, while the test still hangs. */
    @Override
    public void beforeThreadInterrupt(PreInterruptContext preInterruptContext, ExtensionContext context) {
        HostScope.around(context)
                .ifPresent(scope -> scope.witness(new TimeoutException("The time of the test is over.")));
    }

    /**
     * Captures evidence, says whose failure it is, and leaves the machines up if that is wanted. A test cannot fail on
     * account of a lab that broke.
     */
    private static Throwable witnessed(ExtensionContext context, Throwable thrown) {
        Optional<HostScope> scope = HostScope.around(context);
        if (scope.isEmpty() || Problems.isAbort(thrown)) {
            return thrown;
        }
        scope.get().witness(thrown);
        Throwable reported = scope.get()
                .trouble(true)
                .<Throwable>map(trouble -> new InfrastructureException(
                        "The lab broke, so this failure says nothing about the product. " + trouble, thrown))
                .orElse(thrown);
        scope.get().hold();
        return reported;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        failOnTrouble(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        failOnTrouble(context);
    }

    /** A test that passed on a lab that broke has shown nothing either. */
    private static void failOnTrouble(ExtensionContext context) {
        HostScope.of(context).flatMap(scope -> scope.trouble(false)).ifPresent(trouble -> {
            throw new InfrastructureException("The lab broke, though the test did not fail on it. " + trouble);
        });
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        HostScope.around(context).ifPresent(HostScope::passed);
        verdict(context);
    }

    @Override
    public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
        verdict(context);
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        Throwable thrown = cause == null ? new AssertionError("The test failed without saying why.") : cause;
        HostScope.around(context).ifPresent(scope -> scope.failed(thrown));
        verdict(context);
    }

    private static void verdict(ExtensionContext context) {
        HostScope.of(context).ifPresent(scope -> {
            scope.settleOrPrint();
            scope.leave();
        });
    }

    /**
     * Ends the machines of a test when its store is closed. A failure that is known by then is final, and is acted upon
     * here, where trouble in doing so still reaches the report; success is certain only for the watcher, which is not
     * called for test factories.
     */
    private record AtTestEnd(ExtensionContext context, HostScope scope) implements JUnitFeatures.StoreResource {

        @Override
        public void close() {
            scope.noteOwnFailure();
            try {
                scope.end();
            } finally {
                Method method = context.getRequiredTestMethod();
                boolean unwatched = AnnotationSupport.isAnnotated(method, TestFactory.class);
                if (unwatched && context.getExecutionException().isEmpty()) {
                    scope.passed();
                }
                if (scope.hasFailed() || unwatched) {
                    scope.settle();
                }
                if (unwatched) {
                    scope.leave();
                }
            }
        }
    }
}
