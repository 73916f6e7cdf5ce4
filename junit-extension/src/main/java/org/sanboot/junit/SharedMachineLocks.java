package org.sanboot.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.sanboot.ConfigurationException;

/**
 * Keeps classes that hold a machine for all their tests from waiting for themselves or for each other.
 *
 * <p>The tests of such a class run one after the other, on the thread of the class. Otherwise that thread would take up
 * tests of other classes while it waits for its own, and block in one of them for the machine that it holds itself. And
 * of the classes whose tests want further machines besides, only one runs at a time: two could each hold what the other
 * one waits for.
 *
 * <p>The locks are JUnit's own, which it takes before a class starts without blocking a thread of its pool. Classes whose
 * tests have all their machines to themselves are not locked, and under JUnit 5.13 no parameterized class is, because that
 * JUnit fails one that is.
 */
final class SharedMachineLocks implements ResourceLocksProvider {

    private static final String PREFIX = "org.sanboot.junit.";
    private static final Lock HOLDS_AND_WAITS = new Lock(PREFIX + "holds-and-waits");

    private final RunSettings settings;

    SharedMachineLocks() {
        // JUnit's own configuration parameters cannot be seen from here.
        this(new RunSettings(key -> Optional.ofNullable(System.getProperty(key)), System::getenv));
    }

    SharedMachineLocks(RunSettings settings) {
        this.settings = settings;
    }

    @Override
    public Set<Lock> provideForClass(Class<?> testClass) {
        return provideForNestedClass(List.of(), testClass);
    }

    @Override
    public Set<Lock> provideForNestedClass(List<Class<?>> enclosingInstanceTypes, Class<?> testClass) {
        List<HostDeclaration> stated = new ArrayList<>(statedOn(testClass));
        boolean holds = stated.stream().anyMatch(this::isOfTheClass);
        if (!holds || !JUnitFeatures.mayBeLocked(testClass)) {
            return Set.of();
        }
        enclosingInstanceTypes.forEach(enclosing -> stated.addAll(statedOn(enclosing)));
        boolean waits = stated.stream().anyMatch(machine -> !isOfTheClass(machine)) || statesMoreWithin(testClass);
        return Set.of(waits ? HOLDS_AND_WAITS : new Lock(PREFIX + testClass.getName()));
    }

    private boolean isOfTheClass(HostDeclaration machine) {
        return settings.find(machine.name(), "revert")
                .map(RunSettings.Setting::value)
                .orElse(machine.revert().name())
                .equalsIgnoreCase(Revert.PER_CLASS.name());
    }

    private static boolean statesMoreWithin(Class<?> testClass) {
        boolean onMethod = Stream.<Class<?>>iterate(testClass, type -> type != null, Class::getSuperclass)
                .flatMap(type -> Stream.of(type.getDeclaredMethods()))
                .anyMatch(method -> !statedOn(method).isEmpty());
        return onMethod
                || Stream.of(testClass.getDeclaredClasses())
                        .anyMatch(nested -> !statedOn(nested).isEmpty() || statesMoreWithin(nested));
    }

    private static Collection<HostDeclaration> statedOn(AnnotatedElement element) {
        try {
            return HostDeclaration.on(element).values();
        } catch (ConfigurationException e) {
            // Thrown here it would end the whole run; the extension reports it where it stands.
            return List.of();
        }
    }
}
