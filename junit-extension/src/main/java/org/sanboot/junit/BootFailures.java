package org.sanboot.junit;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.sanboot.SanbootException;
import org.sanboot.evidence.Failure;
import org.sanboot.lab.BootFailedException;

/** Which machines did not boot in a class, so that one cause is one failure and not one for every test. */
final class BootFailures {

    private static final Namespace NAMESPACE = Namespace.create(BootFailures.class);

    // By the machines that were to boot together: which of them did not, the lab does not tell.
    private final Map<Set<List<Object>>, First> firsts = new ConcurrentHashMap<>();

    /** Where it was reported that machines did not boot, and what was kept of them. */
    private record First(String title, Optional<Failure> kept) {

        String whereKept() {
            return kept.map(failure -> "; what it left is in " + failure.directory())
                    .orElse(".");
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

    /** Aborts a test that needs machines which did not boot before. */
    void abortIfAny(List<HostPlan> plans) {
        Set<List<Object>> wanted = boots(plans);
        firsts.forEach((failed, first) -> {
            if (wanted.containsAll(failed)) {
                Assumptions.abort("Not run: boot failed. %s did not boot for %s, which says why%s"
                        .formatted(images(plans, failed), first.title, first.whereKept()));
            }
        });
    }

    /** Remembers that these did not boot together. */
    void add(List<HostPlan> plans, String title, SanbootException failure) {
        Optional<Failure> kept = failure instanceof BootFailedException boot ? boot.failure() : Optional.empty();
        firsts.putIfAbsent(boots(plans), new First(title, kept));
    }

    private static Set<List<Object>> boots(List<HostPlan> plans) {
        return plans.stream().map(HostPlan::sameBoot).collect(Collectors.toUnmodifiableSet());
    }

    private static String images(List<HostPlan> plans, Set<List<Object>> failed) {
        return plans.stream()
                .filter(plan -> failed.contains(plan.sameBoot()))
                .map(plan -> plan.request().image())
                .distinct()
                .collect(Collectors.joining(" and "));
    }
}
