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
 * Lets only one class at a time hold machines while its tests wait for further ones.
 *
 * <p>Two such classes in parallel could each hold what the other one waits for. The lock is JUnit's own, taken before a
 * class starts, so that no thread of its pool is blocked; it also makes the tests within such a class run one by one.
 * Classes whose tests have all their machines of their own, or all in common with the class, are not locked.
 */
final class HoldAndWaitLock implements ResourceLocksProvider {

    private static final Set<Lock> LOCKED = Set.of(new Lock("org.sanboot.junit.hold-and-wait"));

    private final RunSettings settings;

    HoldAndWaitLock() {
        // JUnit's own configuration parameters cannot be seen from here.
        this(new RunSettings(key -> Optional.ofNullable(System.getProperty(key)), System::getenv));
    }

    HoldAndWaitLock(RunSettings settings) {
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
        enclosingInstanceTypes.forEach(enclosing -> stated.addAll(statedOn(enclosing)));
        boolean waits = stated.stream().anyMatch(machine -> !isOfTheClass(machine)) || statesMoreWithin(testClass);
        return holds && waits ? LOCKED : Set.of();
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
