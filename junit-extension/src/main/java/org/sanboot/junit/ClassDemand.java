package org.sanboot.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.sanboot.ConfigurationException;
import org.sanboot.lab.Demand;

/**
 * Finds out what a class with all its tests can need at once: its machines, and those of the test that needs most. Tests
 * and nested classes are found as JUnit finds them, those of superclasses and interfaces included, and what is set for the
 * run counts.
 */
final class ClassDemand {

    private final RunSettings settings;
    private final Function<MachineSpec, Demand> demand;

    /**
     * Prepares to look.
     *
     * @param demand what one machine takes
     */
    ClassDemand(RunSettings settings, Function<MachineSpec, Demand> demand) {
        this.settings = settings;
        this.demand = demand;
    }

    /**
     * Returns the most that is needed at once.
     *
     * @param around what is stated around the class, by name
     */
    Demand of(Class<?> testClass, Map<String, MachineSpec> around) {
        return of(testClass, around, Demand.NONE);
    }

    private Demand of(Class<?> testClass, Map<String, MachineSpec> around, Demand heldAround) {
        Map<String, MachineSpec> own = stated(testClass);
        Map<String, MachineSpec> all = joined(around, own);
        Demand held = heldAround.plus(sum(own.values(), Revert.PER_CLASS));
        Demand most = held;
        for (AnnotatedElement test : ReflectionSupport.findMethods(
                testClass,
                method -> AnnotationSupport.isAnnotated(method, Testable.class),
                HierarchyTraversalMode.TOP_DOWN)) {
            most = most.orLarger(held.plus(sum(joined(all, stated(test)).values(), Revert.PER_TEST)));
        }
        for (Class<?> nested : ReflectionSupport.findNestedClasses(
                testClass, type -> AnnotationSupport.isAnnotated(type, Nested.class))) {
            most = most.orLarger(of(nested, all, held));
        }
        return most;
    }

    private static Map<String, MachineSpec> joined(Map<String, MachineSpec> farther, Map<String, MachineSpec> nearer) {
        Map<String, MachineSpec> all = new LinkedHashMap<>(farther);
        all.putAll(nearer);
        return all;
    }

    private Demand sum(Collection<MachineSpec> specs, Revert revert) {
        return specs.stream()
                .filter(spec -> spec.revert() == revert)
                .map(this::demand)
                .reduce(Demand.NONE, Demand::plus);
    }

    /** A mistake is reported where it stands; until then the machine counts as a virtual one. */
    private Demand demand(MachineSpec spec) {
        try {
            return demand.apply(spec);
        } catch (ConfigurationException e) {
            return new Demand(1, spec.request().memoryMebibytes());
        }
    }

    private Map<String, MachineSpec> stated(AnnotatedElement element) {
        Map<String, MachineSpec> specs = new LinkedHashMap<>();
        try {
            HostDeclaration.on(element)
                    .forEach((name, declaration) -> specs.put(name, MachineSpec.of(declaration, settings)));
        } catch (ConfigurationException e) {
            // Reported where it stands.
        }
        return specs;
    }
}
