package org.sanboot.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.Start;

/**
 * What one annotation says of a machine, as it stands there.
 *
 * <p>The three annotations are read directly, each with defaults of its own, because Java has no way to pass an attribute
 * on to a meta-annotation.
 */
record HostDeclaration(
        String where,
        boolean onMethod,
        String name,
        String image,
        String machine,
        Optional<GuestFamily> family,
        Revert revert,
        Start start,
        Preserve preserve,
        String readyTimeout,
        String memory,
        int cpus,
        FirmwareChoice firmware,
        String network) {

    /**
     * Reads what an element states.
     *
     * @param element a method, or a class, whose interfaces and superclasses count as well
     * @return by name, the most derived for each
     */
    static Map<String, HostDeclaration> on(AnnotatedElement element) {
        Map<String, HostDeclaration> found = new LinkedHashMap<>();
        collect(element, found);
        return found;
    }

    private static void collect(AnnotatedElement element, Map<String, HostDeclaration> found) {
        addMissing(declaredOn(element), found);
        if (element instanceof Class<?> type) {
            for (Class<?> each : type.getInterfaces()) {
                collect(each, found);
            }
            if (type.getSuperclass() != null) {
                collect(type.getSuperclass(), found);
            }
        }
    }

    /** Goes from the annotations on the element to those on the annotations: the nearer one wins. */
    private static Map<String, HostDeclaration> declaredOn(AnnotatedElement element) {
        Map<String, HostDeclaration> found = new LinkedHashMap<>();
        Set<Class<?>> seen = new HashSet<>();
        List<Annotation> level = List.of(element.getDeclaredAnnotations());
        while (!level.isEmpty()) {
            Map<String, HostDeclaration> stated = new LinkedHashMap<>();
            List<Annotation> next = new ArrayList<>();
            for (Annotation annotation : level) {
                List<HostDeclaration> machines = read(annotation, element);
                machines.forEach(machine -> addOnce(machine, stated));
                if (machines.isEmpty() && seen.add(annotation.annotationType())) {
                    next.addAll(List.of(annotation.annotationType().getDeclaredAnnotations()));
                }
            }
            addMissing(stated, found);
            level = next;
        }
        return found;
    }

    private static void addMissing(Map<String, HostDeclaration> from, Map<String, HostDeclaration> to) {
        from.forEach(to::putIfAbsent);
    }

    private static void addOnce(HostDeclaration machine, Map<String, HostDeclaration> stated) {
        if (stated.putIfAbsent(machine.name, machine) != null) {
            throw new ConfigurationException("Two machines have the name '%s': %s; give each a name of its own."
                    .formatted(machine.name, machine.where));
        }
    }

    private static List<HostDeclaration> read(Annotation annotation, AnnotatedElement element) {
        if (annotation instanceof IscsiBooted.List several) {
            return Stream.of(several.value()).map(each -> of(each, element)).toList();
        }
        if (annotation instanceof IscsiBootedLinux.List several) {
            return Stream.of(several.value()).map(each -> of(each, element)).toList();
        }
        if (annotation instanceof IscsiBootedWindows.List several) {
            return Stream.of(several.value()).map(each -> of(each, element)).toList();
        }
        if (annotation instanceof IscsiBooted one) {
            return List.of(of(one, element));
        }
        if (annotation instanceof IscsiBootedLinux one) {
            return List.of(of(one, element));
        }
        return annotation instanceof IscsiBootedWindows one ? List.of(of(one, element)) : List.of();
    }

    private static HostDeclaration of(IscsiBooted it, AnnotatedElement element) {
        return new HostDeclaration(
                "@IscsiBooted on " + describe(element),
                element instanceof Method,
                it.name(),
                it.image(),
                it.machine(),
                Optional.empty(),
                it.revert(),
                it.start(),
                it.preserve(),
                it.readyTimeout(),
                it.memory(),
                it.cpus(),
                it.firmware(),
                it.network());
    }

    private static HostDeclaration of(IscsiBootedLinux it, AnnotatedElement element) {
        return new HostDeclaration(
                "@IscsiBootedLinux on " + describe(element),
                element instanceof Method,
                it.name(),
                it.image(),
                it.machine(),
                Optional.of(GuestFamily.LINUX),
                it.revert(),
                it.start(),
                it.preserve(),
                it.readyTimeout(),
                it.memory(),
                it.cpus(),
                it.firmware(),
                it.network());
    }

    private static HostDeclaration of(IscsiBootedWindows it, AnnotatedElement element) {
        return new HostDeclaration(
                "@IscsiBootedWindows on " + describe(element),
                element instanceof Method,
                it.name(),
                it.image(),
                it.machine(),
                Optional.of(GuestFamily.WINDOWS),
                it.revert(),
                Start.COLD,
                it.preserve(),
                it.readyTimeout(),
                it.memory(),
                it.cpus(),
                it.firmware(),
                it.network());
    }

    private static String describe(AnnotatedElement element) {
        if (element instanceof Method method) {
            return "method " + method.getDeclaringClass().getName() + "." + method.getName() + "()";
        }
        return element instanceof Class<?> type ? "class " + type.getName() : element.toString();
    }
}
