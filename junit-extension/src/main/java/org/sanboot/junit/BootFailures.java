package org.sanboot.junit;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Which machines could not be had in a class, so that one cause is one failure and not one for every test. A build tool that
 * runs tests again begins with a new class, and so with a new boot.
 */
final class BootFailures {

    private static final Namespace NAMESPACE = Namespace.create(BootFailures.class);

    private final List<First> firsts = new CopyOnWriteArrayList<>();

    /**
     * What could not be had, and where that is explained.
     *
     * @param specs needed together
     */
    private record First(List<MachineSpec> specs, String what, String where) {

        /** Tells whether it can be had no more easily now. */
        boolean isPartOf(List<MachineSpec> wanted) {
            return specs.stream().allMatch(failed -> wanted.stream().anyMatch(each -> each.bootsNoBetterThan(failed)));
        }
    }

    private BootFailures() {}

    /** Returns those of the outermost class around a test. */
    @SuppressWarnings("deprecation") // its successor is not in JUnit 5
    static BootFailures of(ExtensionContext context) {
        return Objects.requireNonNull(outermostClass(context)
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(BootFailures.class, type -> new BootFailures(), BootFailures.class));
    }

    private static ExtensionContext outermostClass(ExtensionContext context) {
        Optional<ExtensionContext> parent = context.getParent();
        return parent.isEmpty() || parent.get().getParent().isEmpty() ? context : outermostClass(parent.get());
    }

    /**
     * Refuses what could not be had before.
     *
     * @throws NotRunException with the place where it was reported
     */
    void refuse(List<MachineSpec> wanted) {
        firsts.stream().filter(first -> first.isPartOf(wanted)).findFirst().ifPresent(first -> {
            throw new NotRunException("%s %s for %s.".formatted(images(first.specs), first.what, first.where));
        });
    }

    /**
     * Remembers what could not be had.
     *
     * @param what happened, such as {@code did not boot}
     * @param where in which test, and where that is explained
     */
    void add(List<MachineSpec> specs, String what, String where) {
        firsts.add(new First(specs, what, where));
    }

    private static String images(List<MachineSpec> specs) {
        return specs.stream().map(spec -> spec.request().image()).distinct().collect(Collectors.joining(" and "));
    }
}
