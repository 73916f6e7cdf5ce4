package org.sanboot.evidence;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.evidence.Keeper.Liveness;

/** Finds what a retention policy has no room for, and what stands in the way of deleting it. */
final class Pruning {

    private final FailureDirectory directory;
    private final Function<List<Failure>, Map<Failure, Long>> measure;
    private final Keeper.Processes processes;

    Pruning(
            FailureDirectory directory,
            Function<List<Failure>, Map<Failure, Long>> measure,
            Keeper.Processes processes) {
        this.directory = directory;
        this.measure = measure;
        this.processes = processes;
    }

    /** Returns those that should go, in the order in which they go. */
    List<Failure> expired(Retention policy, Instant now) {
        Map<Failure, Manifest> all = directory.manifests();
        Map<Failure, Long> bytes = measure.apply(List.copyOf(all.keySet()));
        List<Retention.Candidate> candidates = new ArrayList<>();
        all.forEach((failure, manifest) -> {
            if (!failure.pinned()) {
                Liveness keeper = Keeper.of(failure.directory(), processes);
                boolean mayGo = obstacle(failure, all) == null
                        && !(keeper != Liveness.DEAD && Interruption.isUndescribed(failure.directory()));
                candidates.add(new Retention.Candidate(
                        failure,
                        manifest.run(),
                        manifest.keptAt(),
                        bytes.getOrDefault(failure, 0L),
                        mayGo ? keeper : Liveness.ALIVE));
            }
        });
        Collections.reverse(candidates);
        return policy.expired(candidates, now);
    }

    static @Nullable String obstacle(Failure failure, Map<Failure, Manifest> all) {
        if (failure.pinned()) {
            return "is pinned; unpin it first: " + failure.command("failures unpin " + failure.id());
        }
        return all.entrySet().stream()
                .filter(other -> standsOn(other.getValue(), failure))
                .findFirst()
                .map(other -> "cannot go: the disk of " + other.getKey().id() + " stands on it")
                .orElse(null);
    }

    /** A clone of a failure can itself be kept. */
    private static boolean standsOn(Manifest upper, Failure lower) {
        Manifest.Image image = upper.image();
        return image != null && image.path().startsWith(lower.directory() + "/");
    }
}
