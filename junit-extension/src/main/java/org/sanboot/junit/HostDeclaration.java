package org.sanboot.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.platform.commons.support.ReflectionSupport;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.Start;

/**
 * What one annotation says of a machine, as it stands there.
 *
 * <p>The three annotations have the same attributes with defaults of their own, because Java has no way to pass an
 * attribute on to a meta-annotation.
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
        String network,
        List<String> collect,
        GuestCrash guestCrash) {

    /** The annotations, with the family of guests that each is for. */
    private static final Map<Class<? extends Annotation>, Optional<GuestFamily>> ONE = Map.of(
            IscsiBooted.class,
            Optional.empty(),
            IscsiBootedLinux.class,
            Optional.of(GuestFamily.LINUX),
            IscsiBootedWindows.class,
            Optional.of(GuestFamily.WINDOWS));

    private static final Set<Class<? extends Annotation>> SEVERAL =
            Set.of(IscsiBooted.List.class, IscsiBootedLinux.List.class, IscsiBootedWindows.List.class);

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
        if (SEVERAL.contains(annotation.annotationType())) {
            Annotation[] several = new Attributes(annotation).get("value", Annotation[].class);
            return Stream.of(several).map(each -> of(each, element)).toList();
        }
        return ONE.containsKey(annotation.annotationType()) ? List.of(of(annotation, element)) : List.of();
    }

    private static HostDeclaration of(Annotation annotation, AnnotatedElement element) {
        Attributes stated = new Attributes(annotation);
        return new HostDeclaration(
                "@%s on %s".formatted(annotation.annotationType().getSimpleName(), describe(element)),
                element instanceof Method,
                stated.text("name"),
                stated.text("image"),
                stated.text("machine"),
                Objects.requireNonNull(ONE.get(annotation.annotationType())),
                stated.get("revert", Revert.class),
                stated.find("start", Start.class).orElse(Start.COLD),
                stated.get("preserve", Preserve.class),
                stated.text("readyTimeout"),
                stated.text("memory"),
                stated.get("cpus", Integer.class),
                stated.get("firmware", FirmwareChoice.class),
                stated.text("network"),
                List.of(stated.get("collect", String[].class)),
                stated.get("guestCrash", GuestCrash.class));
    }

    /** What one annotation says, by the names of its attributes: annotations have no type in common that says it. */
    private record Attributes(Annotation annotation) {

        String text(String name) {
            return get(name, String.class);
        }

        <T> T get(String name, Class<T> type) {
            return find(name, type).orElseThrow(() -> new IllegalStateException("no attribute " + name));
        }

        /** Returns nothing when the annotation has no such attribute. */
        <T> Optional<T> find(String name, Class<T> type) {
            return Stream.of(annotation.annotationType().getDeclaredMethods())
                    .filter(method -> method.getName().equals(name))
                    .map(method -> type.cast(ReflectionSupport.invokeMethod(method, annotation)))
                    .findFirst();
        }
    }

    private static String describe(AnnotatedElement element) {
        if (element instanceof Method method) {
            return "method " + method.getDeclaringClass().getName() + "." + method.getName() + "()";
        }
        return element instanceof Class<?> type ? "class " + type.getName() : element.toString();
    }
}
