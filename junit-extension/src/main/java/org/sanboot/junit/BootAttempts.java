package org.sanboot.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Stay;

/**
 * Boots the machines of a test or of a class: tries again as often as it is set for the run, and refuses what did not boot
 * before.
 */
final class BootAttempts {

    private final ExtensionContext context;
    private final String testId;
    private final String title;
    private final LabSession lab;
    private final BootFailures inClass;

    /**
     * Prepares to boot.
     *
     * @param context of what the machines are for
     * @param testId of the test that needs them first
     */
    BootAttempts(ExtensionContext context, String testId, String title, LabSession lab) {
        this.context = context;
        this.testId = testId;
        this.title = title;
        this.lab = lab;
        this.inClass = BootFailures.of(context);
    }

    /** What is known of one attempt beyond what it throws. */
    private static final class Attempt {
        private final AtomicBoolean started = new AtomicBoolean();
        private final Set<MachineSpec> failed = ConcurrentHashMap.newKeySet();
    }

    /**
     * Boots machines side by side; when one fails, none is left.
     *
     * @param requests makes the request for a machine
     * @param boot boots what is requested
     * @throws NotRunException when one of the machines did not boot before
     */
    List<Stay> boot(
            List<MachineSpec> specs,
            Function<MachineSpec, HostRequest.Builder> requests,
            Function<List<HostRequest>, List<Stay>> boot) {
        inClass.refuse(specs);
        lab.breaker().refuse(specs, testId);
        lab.output().booting(title, specs);
        Attempt attempt = new Attempt();
        try {
            List<Stay> stays = bootOrTryAgain(specs, requests, boot, attempt);
            lab.breaker().booted(specs);
            return stays;
        } catch (BootFailedException e) {
            didNotBoot(specs, attempt, e.failure());
            throw e;
        } catch (ConfigurationException e) {
            // A mistake that shows at once costs the others nothing, and concerns only who makes it.
            if (attempt.started.get()) {
                didNotBoot(specs, attempt, Optional.empty());
            }
            throw e;
        } catch (InfrastructureException e) {
            if (!Thread.currentThread().isInterrupted()) {
                inClass.add(specs, "was not to be had", title + "; see there");
            }
            throw e;
        }
    }

    private void didNotBoot(List<MachineSpec> specs, Attempt attempt, Optional<Failure> kept) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        // Which of several it was, the lab tells while it still runs.
        List<MachineSpec> which = attempt.failed.isEmpty() ? specs : List.copyOf(attempt.failed);
        String where = title + "; see "
                + kept.map(failure -> failure.directory().toString()).orElse("there");
        inClass.add(which, "did not boot", where);
        which.forEach(spec -> lab.breaker().failed(spec, testId, where));
    }

    /** What failed attempts left stays. */
    private List<Stay> bootOrTryAgain(
            List<MachineSpec> specs,
            Function<MachineSpec, HostRequest.Builder> requests,
            Function<List<HostRequest>, List<Stay>> boot,
            Attempt attempt) {
        List<Failure> keptBefore = new ArrayList<>();
        BootFailedException first = null;
        for (int number = 1; ; number++) {
            boolean last = number > lab.bootRetries();
            attempt.failed.clear();
            try {
                List<Stay> stays = boot.apply(specs.stream()
                        .map(spec -> request(spec, requests.apply(spec), attempt, last))
                        .toList());
                keptBefore.forEach(kept -> lab.flaky(title + ", whose machine did not boot at first,", kept));
                return stays;
            } catch (BootFailedException e) {
                first = first == null ? e : first;
                e.failure().ifPresent(kept -> {
                    keptBefore.add(kept);
                    new KeptDiskNotice(title, "a machine that did not boot", kept).announce(context, lab.output());
                });
                if (last || Thread.currentThread().isInterrupted()) {
                    keptBefore.forEach(kept -> lab.kept(context.getUniqueId(), kept));
                    throw joined(first, e);
                }
                lab.output().bootsAgain(title, e, number + 1, lab.bootRetries() + 1);
            } finally {
                lab.output().booted(title);
            }
        }
    }

    private HostRequest request(MachineSpec spec, HostRequest.Builder request, Attempt attempt, boolean lastAttempt) {
        return request.purpose(title)
                .progress(stage -> {
                    attempt.started.set(true);
                    lab.output().reached(title, stage);
                })
                .bootFailed(stay -> {
                    attempt.failed.add(spec);
                    if (lastAttempt) {
                        lab.hold().hold(title, Map.of(spec.name(), stay));
                    }
                })
                .build();
    }

    private static BootFailedException joined(BootFailedException first, BootFailedException last) {
        if (first != last) {
            first.addSuppressed(last);
        }
        return first;
    }
}
