package org.sanboot.junit;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.sanboot.ConfigurationException;
import org.sanboot.lab.BootedHost;

/** Gives machines to parameters and fields. */
final class Injection {

    private Injection() {}

    static boolean isHost(ParameterContext parameter) {
        return parameter.getParameter().getType() == BootedHost.class || parameter.isAnnotated(Host.class);
    }

    /** Tells whether a class takes machines before its first test or after its last. */
    static boolean isWantedByClass(Class<?> testClass) {
        return !ReflectionSupport.findMethods(
                        testClass,
                        method -> (AnnotationSupport.isAnnotated(method, BeforeAll.class)
                                        || AnnotationSupport.isAnnotated(method, AfterAll.class))
                                && Stream.of(method.getParameters()).anyMatch(Injection::isHost),
                        HierarchyTraversalMode.TOP_DOWN)
                .isEmpty();
    }

    private static boolean isHost(Parameter parameter) {
        return parameter.getType() == BootedHost.class || AnnotationSupport.isAnnotated(parameter, Host.class);
    }

    /** Selects the machine for a parameter; JUnit puts the parameter's name in front of what is thrown. */
    static BootedHost forParameter(ParameterContext parameter, @Nullable HostScope scope) {
        if (parameter.getDeclaringExecutable() instanceof Constructor) {
            throw new ConfigurationException(
                    "a machine is not there yet when the constructor runs; take it as a parameter"
                            + " of the test method or of @BeforeEach, or as a field with @Host.");
        }
        Class<?> type = parameter.getParameter().getType();
        if (type != BootedHost.class) {
            throw new ConfigurationException(
                    "@Host needs a parameter of type BootedHost and not %s.".formatted(type.getName()));
        }
        String name = parameter.findAnnotation(Host.class).map(Host::value).orElse("");
        return select(name, scope);
    }

    /** Checks that the fields of a test class can take machines. */
    static void checkFields(Class<?> testClass) {
        for (Field field : hostFields(testClass)) {
            if (field.getType() != BootedHost.class) {
                throw unusable(
                        field,
                        "must be of type BootedHost and not " + field.getType().getName());
            }
            if (ModifierSupport.isPrivate(field)) {
                throw unusable(field, "must not be private");
            }
            if (ModifierSupport.isStatic(field)) {
                throw unusable(field, "must not be static; for @BeforeAll take the machine as a parameter");
            }
            if (ModifierSupport.isFinal(field)) {
                throw unusable(field, "must not be final");
            }
        }
    }

    /** Sets the fields of the test's instances, those of its enclosing classes included. */
    static void setFields(List<Object> instances, HostScope scope, ExtensionContext context) {
        for (Object instance : instances) {
            for (Field field : hostFields(instance.getClass())) {
                set(field, instance, scope, context);
            }
        }
    }

    private static void set(Field field, Object instance, HostScope scope, ExtensionContext context) {
        try {
            BootedHost host = select(field.getAnnotation(Host.class).value(), scope);
            if (isSharedSideBySide(host, instance, context)) {
                throw new ConfigurationException(
                        "its test class has one instance for several tests (PER_CLASS), and they run side by side, so that"
                                + " one test would see another one's machine; take the machine as a parameter of the test"
                                + " and of @BeforeEach.");
            }
            field.setAccessible(true);
            field.set(instance, host);
        } catch (ConfigurationException e) {
            throw unusable(field, "cannot be set: " + e.getMessage());
        } catch (IllegalAccessException | RuntimeException e) {
            throw new ConfigurationException("@Host field [%s] cannot be set.".formatted(field), e);
        }
    }

    /**
     * Tells whether tests that run side by side share an instance and would each put a machine of its own there. An instance
     * is shared below its class when that has one for all tests, and also when a nested class has: the instances around are
     * made once for it. JUnit runs tests that share their instance one after the other unless it is told otherwise.
     */
    private static boolean isSharedSideBySide(BootedHost host, Object instance, ExtensionContext context) {
        ExtensionContext sharing = null;
        boolean sideBySideBelow = false;
        boolean sideBySide = false;
        for (ExtensionContext each = context;
                each != null;
                each = each.getParent().orElse(null)) {
            boolean isClass =
                    each.getTestMethod().isEmpty() && each.getTestClass().isPresent();
            if (isClass && each.getTestInstanceLifecycle().equals(Optional.of(TestInstance.Lifecycle.PER_CLASS))) {
                sharing = each;
                sideBySideBelow = sideBySide;
            }
            if (isClass && each.getRequiredTestClass().isInstance(instance)) {
                break;
            }
            sideBySide |= each.getExecutionMode() == ExecutionMode.CONCURRENT;
        }
        return sharing != null && sideBySideBelow && isParallel(context) && !isThere(host, sharing);
    }

    private static boolean isParallel(ExtensionContext context) {
        return context.getConfigurationParameter("junit.jupiter.execution.parallel.enabled")
                .filter(Boolean::parseBoolean)
                .isPresent();
    }

    /** Tells whether a machine is the same for all tests of a class. */
    private static boolean isThere(BootedHost host, ExtensionContext testClass) {
        return HostScope.around(testClass).stream()
                .flatMap(scope -> scope.hosts().values().stream())
                .anyMatch(other -> other == host);
    }

    private static List<Field> hostFields(Class<?> type) {
        return AnnotationSupport.findAnnotatedFields(type, Host.class);
    }

    private static ConfigurationException unusable(Field field, String why) {
        String sentence = "@Host field [%s] %s".formatted(field, why);
        return new ConfigurationException(sentence.endsWith(".") ? sentence : sentence + ".");
    }

    private static BootedHost select(String name, @Nullable HostScope scope) {
        Map<String, BootedHost> hosts = scope == null ? Map.of() : scope.hosts();
        BootedHost only = hosts.size() == 1 ? hosts.values().iterator().next() : null;
        BootedHost host = name.isEmpty() ? only : hosts.get(name);
        if (host != null) {
            return host;
        }
        String names = String.join(", ", hosts.keySet());
        if (name.isEmpty() && !hosts.isEmpty()) {
            throw new ConfigurationException("there are several machines: %s; say which with @Host(\"%s\")."
                    .formatted(names, hosts.keySet().iterator().next()));
        }
        boolean later = scope != null
                && (name.isEmpty()
                        ? !scope.declaredAround().isEmpty()
                        : scope.declaredAround().containsKey(name));
        if (later) {
            throw new ConfigurationException(
                    "the machine is booted for each test, so there is none yet; take it in the test"
                            + " or in @BeforeEach, or state revert = PER_CLASS.");
        }
        throw new ConfigurationException(
                hosts.isEmpty()
                        ? "there is no machine here; annotate the class or the method with @IscsiBooted."
                        : "there is no machine '%s'; there is: %s.".formatted(name, names));
    }
}
