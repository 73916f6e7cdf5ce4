package org.sanboot.junit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Stay;

/**
 * The machines of one test, or of one class, from their boot until it is decided what becomes of their disks.
 *
 * <p>Machines are given back as soon as the test has ended. Their disks wait until the verdict is final: what may still
 * fail after the last callback is seen only by JUnit itself. So the scope of a test lives in the store of the context
 * above the test's own, which is closed by then. A failure counts for all scopes around it, because a class's machine is
 * evidence of every failure in the class.
 *
 * <p>Thread-safe: tests of one class, and the threads of time-outs, come in parallel.
 */
final class HostScope implements JUnitFeatures.StoreResource {

    private static final Namespace NAMESPACE = Namespace.create(HostScope.class);

    private final ExtensionContext context;
    private final @Nullable HostScope parent;
    private final String title;
    private final List<Resident> residents = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile Map<String, HostPlan> declared = Map.of();
    private volatile @Nullable LabSession session;
    private boolean settled;
    private volatile boolean passed;
    private final AtomicBoolean held = new AtomicBoolean();

    private HostScope(ExtensionContext context, @Nullable HostScope parent) {
        this.context = context;
        this.parent = parent;
        this.title = Titles.of(context);
    }

    /** A machine, and in which test its trouble was reported, if it had any. */
    private record Resident(HostPlan plan, Stay stay, AtomicReference<@Nullable String> troubleIn) {}

    /** Returns the scope of a class or of a test, made when it is missing. */
    static HostScope enter(ExtensionContext context) {
        return of(context).orElseGet(() -> {
            HostScope scope = new HostScope(
                    context, context.getParent().flatMap(HostScope::around).orElse(null));
            store(context).put(key(context), scope);
            return scope;
        });
    }

    /** Finds the scope of exactly this context. */
    static Optional<HostScope> of(ExtensionContext context) {
        return Optional.ofNullable(store(context).get(key(context), HostScope.class));
    }

    /** Finds the scope of this context, or else of the nearest one above. */
    static Optional<HostScope> around(ExtensionContext context) {
        return of(context).or(() -> context.getParent().flatMap(HostScope::around));
    }

    private static Store store(ExtensionContext context) {
        ExtensionContext keeper =
                context.getTestMethod().isPresent() ? context.getParent().orElse(context) : context;
        return keeper.getStore(NAMESPACE);
    }

    private static String key(ExtensionContext context) {
        return context.getUniqueId();
    }

    String title() {
        return title;
    }

    /** Remembers what is stated on the class itself. */
    void declare(Map<String, HostPlan> plans) {
        declared = Collections.unmodifiableMap(plans);
    }

    /** Returns all that is stated on this class and around it; the nearest wins for each name. */
    Map<String, HostPlan> declaredAround() {
        Map<String, HostPlan> plans = parent == null ? new LinkedHashMap<>() : parent.declaredAround();
        plans.putAll(declared);
        return plans;
    }

    /** Returns what is stated on the class itself with this way to revert. */
    List<HostPlan> declared(Revert revert) {
        return declared.values().stream()
                .filter(plan -> plan.revert() == revert)
                .toList();
    }

    /** Returns what a test gets for itself alone. */
    List<HostPlan> declaredForTest() {
        return declaredAround().values().stream()
                .filter(plan -> plan.revert() == Revert.PER_TEST)
                .toList();
    }

    /** Boots machines side by side; when one fails, none is left. */
    void boot(List<HostPlan> plans, LabSession lab) {
        session = lab;
        lab.output().booting(title, plans);
        List<Stay> stays = bootOrTryAgain(plans, lab);
        for (int i = 0; i < stays.size(); i++) {
            residents.add(new Resident(plans.get(i), stays.get(i), new AtomicReference<>()));
        }
    }

    /** A boot is tried again as often as it is set for the run; what the failed ones left stays. */
    private List<Stay> bootOrTryAgain(List<HostPlan> plans, LabSession lab) {
        List<Failure> keptBefore = new ArrayList<>();
        BootFailedException first = null;
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt > lab.bootRetries();
            try {
                List<HostRequest> requests =
                        plans.stream().map(plan -> request(plan, lab, last)).toList();
                List<Stay> stays = lab.boot(requests, parent == null ? 0 : parent.inUse());
                keptBefore.forEach(kept -> lab.flaky(title + ", whose machine did not boot at first,", kept));
                return stays;
            } catch (BootFailedException e) {
                first = first == null ? e : first;
                e.failure().ifPresent(kept -> {
                    new KeptDisk(title, "a machine that did not boot", kept).announce(context, lab.output());
                    keptBefore.add(kept);
                });
                if (last || Thread.currentThread().isInterrupted()) {
                    keptBefore.forEach(kept -> lab.kept(context.getUniqueId(), kept));
                    throw joined(first, e);
                }
                lab.output().bootsAgain(title, e, attempt + 1, lab.bootRetries() + 1);
            } finally {
                lab.output().booted(title);
            }
        }
    }

    private static BootFailedException joined(BootFailedException first, BootFailedException last) {
        if (first != last) {
            first.addSuppressed(last);
        }
        return first;
    }

    private HostRequest request(HostPlan plan, LabSession lab, boolean lastAttempt) {
        HostRequest.Builder request = plan.request().toBuilder()
                .purpose(title)
                .progress(stage -> lab.output().reached(title, stage));
        if (lastAttempt) {
            request.bootFailed(stay -> lab.hold().hold(title, Map.of(plan.name(), stay)));
        }
        plan.request().network().ifPresent(network -> request.network(networkId(network)));
        return request.build();
    }

    /** A test's networks are its own, unless a machine of its class is on the network of that name. */
    private String networkId(String network) {
        return upwards()
                .filter(scope -> scope.residents.stream()
                        .anyMatch(resident -> resident.plan.request().network().equals(Optional.of(network))))
                .reduce((nearer, farther) -> farther)
                .orElse(this)
                .ownNetworkId(network);
    }

    private String ownNetworkId(String network) {
        return network + "-" + Integer.toHexString(key(context).hashCode());
    }

    private int inUse() {
        return upwards().mapToInt(scope -> scope.residents.size()).sum();
    }

    private Stream<HostScope> upwards() {
        return Stream.iterate(this, scope -> scope != null, scope -> scope.parent);
    }

    private Stream<Resident> residentsAround() {
        return upwards().flatMap(scope -> scope.residents.stream());
    }

    /** Returns the machines that run for this scope, the nearest for each name. */
    Map<String, BootedHost> hosts() {
        Map<String, BootedHost> hosts = new LinkedHashMap<>();
        residentsAround().forEach(resident -> hosts.putIfAbsent(resident.plan.name(), resident.stay.host()));
        return hosts;
    }

    /** Captures what only the running machines can show. */
    void witness(Throwable thrown) {
        residentsAround().forEach(resident -> {
            try {
                resident.stay.witness(thrown);
            } catch (RuntimeException e) {
                // What was thrown is the news; that it could not be captured is a footnote to it.
                thrown.addSuppressed(e);
            }
        });
    }

    /** Leaves the machines up for a person to look at, if that is set for the run; once for a test, or for a class. */
    void hold() {
        Optional<LabSession> lab =
                upwards().flatMap(scope -> Stream.ofNullable(scope.session)).findFirst();
        if (lab.isPresent() && held.compareAndSet(false, true)) {
            Map<String, Stay> stays = new LinkedHashMap<>();
            residentsAround().forEach(resident -> stays.putIfAbsent(resident.plan.name(), resident.stay));
            lab.get().hold().hold(title, stays);
        }
    }

    /**
     * Says in one sentence whether the lab broke under a machine of this scope, and remembers that it was reported.
     *
     * @param again also when it was reported before
     */
    Optional<String> trouble(boolean again) {
        List<String> sentences = new ArrayList<>();
        residentsAround()
                .forEach(resident -> resident.stay.labTrouble().ifPresent(trouble -> {
                    if (resident.troubleIn.compareAndSet(null, title) || again) {
                        sentences.add(resident.plan.name() + ": " + trouble);
                    }
                }));
        return sentences.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", sentences));
    }

    /** Says which machine of the classes around this test broke under another test, and where that was reported. */
    Optional<String> brokenBefore() {
        return residentsAround()
                .filter(resident -> resident.troubleIn.get() != null)
                .findFirst()
                .map(resident -> "Not run: the machine %s of the class broke in %s, which says why."
                        .formatted(resident.plan.name(), resident.troubleIn.get()));
    }

    /** Notes that the test, or something in the class, failed. */
    void failed(Throwable thrown) {
        upwards().forEach(scope -> scope.failure.compareAndSet(null, thrown));
    }

    /** Notes that the test, or something in the class, passed. */
    void passed() {
        upwards().forEach(scope -> scope.passed = true);
    }

    boolean hasFailed() {
        return failure.get() != null;
    }

    /** Gives the machines back; their disks are set aside. */
    void end() {
        Problems.inAll(residents, resident -> resident.stay.end());
    }

    /** Ends and decides, if that was not done before; for a class, its own failures are final by now. */
    @Override
    public void close() {
        noteOwnFailure();
        settle();
    }

    /** Takes over what JUnit knows by now: failures of constructors, callbacks, lifecycle methods and time-outs. */
    void noteOwnFailure() {
        context.getExecutionException()
                .filter(thrown -> !Problems.isAbort(thrown))
                .ifPresent(thrown -> {
                    failed(thrown);
                    hold();
                });
    }

    /** Keeps the disks or throws them away; the verdict is final. Settling again does nothing. */
    synchronized void settle() {
        if (settled) {
            return;
        }
        settled = true;
        if (!residents.isEmpty()) {
            session().output().ended(title, hasFailed(), hostsOf(residents));
            // Machines of one test are evidence together; only a stated NEVER takes one out.
            boolean keep = residents.stream().anyMatch(resident -> isReasonToKeep(resident.plan.preserve()));
            Problems.inAll(residents, resident -> {
                if (keep && resident.plan.preserve() != Preserve.NEVER) {
                    keep(resident);
                } else {
                    resident.stay.discard();
                }
            });
            residents.clear();
            if (passed && !hasFailed()) {
                session().passed(context.getUniqueId(), title);
            }
        }
    }

    /** Forgets the scope of a test that is settled, long before the store that it is in is closed. */
    void leave() {
        store(context).remove(key(context));
    }

    /** Settles where nobody takes an exception: JUnit swallows what a watcher throws. */
    void settleOrPrint() {
        try {
            settle();
        } catch (RuntimeException e) {
            session().output().problem(title, e);
        }
    }

    private boolean isReasonToKeep(Preserve preserve) {
        return switch (preserve) {
            case ALWAYS -> true;
            case ON_FAILURE -> hasFailed();
            case NEVER -> false;
        };
    }

    private void keep(Resident resident) {
        Throwable thrown = failure.get();
        Failure kept = resident.stay.keep(new FailureDescription(context.getUniqueId(), title, kindOf(thrown), thrown));
        if (thrown != null) {
            session().kept(context.getUniqueId(), kept);
        }
        new KeptDisk(title, resident.plan.name(), kept)
                .announce(context, session().output());
    }

    private static FailureDescription.Kind kindOf(@Nullable Throwable thrown) {
        if (thrown == null) {
            return FailureDescription.Kind.NONE;
        }
        if (thrown instanceof ConfigurationException) {
            return FailureDescription.Kind.CONFIGURATION;
        }
        return thrown instanceof InfrastructureException
                ? FailureDescription.Kind.INFRASTRUCTURE
                : FailureDescription.Kind.TEST;
    }

    private LabSession session() {
        LabSession lab = session;
        if (lab == null) {
            throw new IllegalStateException("no machine was booted for " + title);
        }
        return lab;
    }

    private static List<BootedHost> hostsOf(List<Resident> residents) {
        return residents.stream().map(resident -> resident.stay.host()).toList();
    }
}
