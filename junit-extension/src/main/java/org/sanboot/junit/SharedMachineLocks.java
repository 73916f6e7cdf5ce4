package org.sanboot.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.sanboot.ConfigurationException;

/**
 * Keeps classes that hold a machine for all their tests from waiting for themselves.
 *
 * <p>The tests of such a class run one after the other, on the thread of the class. Otherwise that thread would take up
 * tests of other classes while it waits for its own, and block in one of them for the machine that it holds itself.
 *
 * <p>The locks are JUnit's own, which it takes before a class starts without blocking a thread of its pool. Classes whose
 * tests have all their machines to themselves are not locked, and under JUnit 5.13 no parameterized class is, because that
 * JUnit fails one that is. That classes do not wait for each other is the work of the {@link
 * org.sanboot.lab.Reservation reservation} that each makes.
 */
final class SharedMachineLocks implements ResourceLocksProvider {

    private static final String PREFIX = "org.sanboot.junit.";

    private final RunSettings settings;

    SharedMachineLocks() {
        this(new RunSettings(RunParameters::find, System::getenv));
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
        boolean holds = statedOn(testClass).stream().anyMatch(this::isOfTheClass);
        return holds && JUnitFeatures.mayBeLocked(testClass)
                ? Set.of(new Lock(PREFIX + testClass.getName()))
                : Set.of();
    }

    private boolean isOfTheClass(HostDeclaration machine) {
        return settings.find(machine.name(), "revert")
                .map(RunSettings.Setting::value)
                .orElse(machine.revert().name())
                .equalsIgnoreCase(Revert.PER_CLASS.name());
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
