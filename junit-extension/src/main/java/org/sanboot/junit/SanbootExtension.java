package org.sanboot.junit;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.platform.commons.support.AnnotationSupport;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.lab.BootedHost;

/**
 * Ties the life of machines to the life of tests; registered by the annotations, with {@link FailureInterceptor} beside it.
 *
 * <p>Stateless: what belongs to a test or a class is in its {@link HostScope}. Machines boot in {@code beforeEach}, those
 * of a class for its first test, never while a test instance is made, because that happens for disabled tests too. A
 * machine is given back when the store of its test is closed, after all callbacks; what becomes of the disk is decided when
 * JUnit announces the verdict.
 */
final class SanbootExtension
        implements BeforeAllCallback,
                BeforeEachCallback,
                AfterTestExecutionCallback,
                AfterEachCallback,
                AfterAllCallback,
                TestInstancePreConstructCallback,
                ParameterResolver {

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
        scope.declareForClass(specs(HostDeclaration.on(testClass), context));
        if (Injection.isWantedByClass(testClass)) {
            scope.bootClassMachines();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        HostScope scope = HostScope.enter(context);
        context.getStore(NAMESPACE).put(AtTestEnd.class, new AtTestEnd(context, scope));
        scope.refuseBroken();
        List<Object> instances = context.getRequiredTestInstances().getAllInstances();
        instances.forEach(instance -> Injection.checkFields(instance.getClass()));
        scope.declareForTest(specs(HostDeclaration.on(context.getRequiredTestMethod()), context));
        scope.bootClassMachines();
        scope.bootTestMachines();
        Injection.setFields(instances, scope, context);
    }

    private static Map<String, MachineSpec> specs(Map<String, HostDeclaration> stated, ExtensionContext context) {
        RunSettings settings = RunSettings.of(context);
        Map<String, MachineSpec> specs = new LinkedHashMap<>();
        stated.forEach((name, declaration) -> specs.put(name, MachineSpec.of(declaration, settings)));
        return specs;
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

    /** Before {@code @AfterEach}, which may switch a machine that crashed off and on again. */
    @Override
    public void afterTestExecution(ExtensionContext context) {
        failOnCrash(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        failOnTrouble(context);
        failOnCrash(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        failOnTrouble(context);
        failOnCrash(context);
    }

    /** A test that passed on a lab that broke has shown nothing. */
    private static void failOnTrouble(ExtensionContext context) {
        HostScope.of(context).flatMap(scope -> scope.labTrouble(false)).ifPresent(trouble -> {
            throw new InfrastructureException("The lab broke, though the test did not fail on it. " + trouble);
        });
    }

    /** A product that crashes its guest has failed, whatever the test asserts. */
    static void failOnCrash(ExtensionContext context) {
        HostScope scope = HostScope.around(context).orElse(null);
        if (scope == null || scope.hasLabTrouble()) {
            return;
        }
        scope.newCrashes().ifPresent(crashes -> {
            TestException failure = new TestException(
                    ("The guest crashed, though the test did not fail on it. %s. A test that expects it says so with"
                                    + " guestCrash = EXPECTED.")
                            .formatted(crashes));
            scope.capture(context, failure);
            scope.hold();
            throw failure;
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
            Verdict soFar = scope.noteSoFar();
            try {
                scope.end();
            } finally {
                if (isUnwatched()) {
                    boolean passed = context.getExecutionException().isEmpty();
                    scope.conclude(passed ? new Verdict.Passed() : soFar);
                } else if (scope.hasFailed()) {
                    scope.conclude(soFar);
                }
            }
        }

        private boolean isUnwatched() {
            Method method = context.getRequiredTestMethod();
            return AnnotationSupport.isAnnotated(method, TestFactory.class);
        }
    }
}
