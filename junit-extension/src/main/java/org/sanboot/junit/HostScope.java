package org.sanboot.junit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Demand;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Reservation;
import org.sanboot.lab.Stay;

/**
 * The machines of one test, or of one class, from their boot until it is concluded what becomes of their disks.
 *
 * <p>A scope is open, then {@linkplain #end() ended}, which switches its machines off, and at last {@linkplain
 * #conclude(Verdict) concluded}, once. Machines are off as soon as the test has ended; their disks wait until the verdict
 * is final, because what may still fail after the last callback is seen only by JUnit itself. So the scope of a test lives
 * in the store of the context above the test's own, which is closed by then.
 *
 * <p>Thread-safe: tests of one class, and the threads of time-outs, come in parallel.
 */
final class HostScope implements JUnitFeatures.StoreResource {

    private static final Namespace NAMESPACE = Namespace.create(HostScope.class);

    private final ExtensionContext context;
    private final @Nullable HostScope parent;
    private final String title;
    private final FailureTracker failures;
    private final EvidenceCapture evidence = new EvidenceCapture();
    private final List<ScopeMachine> machines = new CopyOnWriteArrayList<>();
    private final ReentrantLock booting = new ReentrantLock();
    private final Set<String> failedTests = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean held = new AtomicBoolean();
    private final AtomicBoolean concluded = new AtomicBoolean();
    private volatile Map<String, MachineSpec> declared = Map.of();
    private volatile List<MachineSpec> waitingForFirstTest = List.of();
    private volatile @Nullable Reservation reservation;
    private volatile @Nullable LabSession session;

    private HostScope(ExtensionContext context, @Nullable HostScope parent) {
        this.context = context;
        this.parent = parent;
        this.title = Titles.of(context);
        this.failures = new FailureTracker(parent == null ? null : parent.failures);
    }

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

    /** Takes over what is stated on a class itself. Its machines for all tests boot for the first one that is run. */
    void declareForClass(Map<String, MachineSpec> specs) {
        declared = Collections.unmodifiableMap(specs);
        List<MachineSpec> forAllTests = specs.values().stream()
                .filter(spec -> spec.revert() == Revert.PER_CLASS)
                .toList();
        if (!forAllTests.isEmpty()) {
            LabSession lab = openSession();
            if (reservationAround().isEmpty()) {
                Demand most = new ClassDemand(RunSettings.of(context), lab::demand)
                        .of(context.getRequiredTestClass(), parent == null ? Map.of() : parent.declaredAround());
                reservation = lab.reserve(title, most);
            }
            waitingForFirstTest = forAllTests;
        }
    }

    /** Takes over what is stated on a test method. */
    void declareForTest(Map<String, MachineSpec> specs) {
        declared = Collections.unmodifiableMap(specs);
    }

    /** Returns all that is stated on this class and around it; the nearest wins for each name. */
    Map<String, MachineSpec> declaredAround() {
        Map<String, MachineSpec> specs = parent == null ? new LinkedHashMap<>() : parent.declaredAround();
        specs.putAll(declared);
        return specs;
    }

    /** Boots what this class and those around it have for all their tests, outermost first, unless that was done. */
    void bootClassMachines() {
        bootClassMachines(key(context));
    }

    private void bootClassMachines(String testId) {
        if (parent != null) {
            parent.bootClassMachines(testId);
        }
        booting.lock();
        try {
            if (!waitingForFirstTest.isEmpty()) {
                boot(waitingForFirstTest, testId);
                waitingForFirstTest = List.of();
            }
        } finally {
            booting.unlock();
        }
    }

    /** Boots what a test gets for itself alone. */
    void bootTestMachines() {
        List<MachineSpec> specs = declaredAround().values().stream()
                .filter(spec -> spec.revert() == Revert.PER_TEST)
                .toList();
        if (!specs.isEmpty()) {
            boot(specs, key(context));
        }
    }

    /**
     * Boots machines side by side; when one fails, none is left.
     *
     * @param testId of the test, or of the class, that needs them now
     */
    private void boot(List<MachineSpec> specs, String testId) {
        LabSession lab = openSession();
        List<Demand> demands = specs.stream().map(lab::demand).toList();
        Demand more = demands.stream().reduce(Demand.NONE, Demand::plus);
        Demand around = machinesAround().map(ScopeMachine::demand).reduce(Demand.NONE, Demand::plus);
        Reservation room = reservationAround().orElseGet(() -> {
            Reservation own = lab.reserve(title, more);
            reservation = own;
            return own;
        });
        List<Stay> stays = new BootAttempts(context, testId, title, lab)
                .boot(specs, this::request, requests -> lab.boot(requests, room, around, more));
        for (int i = 0; i < stays.size(); i++) {
            machines.add(new ScopeMachine(specs.get(i), stays.get(i), demands.get(i)));
        }
    }

    private LabSession openSession() {
        LabSession lab = LabSession.of(context);
        session = lab;
        return lab;
    }

    private Optional<Reservation> reservationAround() {
        return upwards().flatMap(scope -> Stream.ofNullable(scope.reservation)).findFirst();
    }

    private HostRequest.Builder request(MachineSpec spec) {
        HostRequest.Builder request = spec.request().toBuilder();
        spec.request().network().ifPresent(network -> request.network(networkId(network)));
        return request;
    }

    /** A test's networks are its own, unless a machine of its class is on the network of that name. */
    private String networkId(String network) {
        return upwards()
                .filter(scope -> scope.machines.stream()
                        .anyMatch(machine -> machine.spec().request().network().equals(Optional.of(network))))
                .reduce((nearer, farther) -> farther)
                .orElse(this)
                .ownNetworkId(network);
    }

    private String ownNetworkId(String network) {
        return network + "-" + Integer.toHexString(key(context).hashCode());
    }

    private Stream<HostScope> upwards() {
        return Stream.iterate(this, scope -> scope != null, scope -> scope.parent);
    }

    private Stream<ScopeMachine> machinesAround() {
        return upwards().flatMap(scope -> scope.machines.stream());
    }

    /** Returns the machines that run for this scope, the nearest for each name. */
    Map<String, BootedHost> hosts() {
        Map<String, BootedHost> hosts = new LinkedHashMap<>();
        machinesAround()
                .forEach(machine ->
                        hosts.putIfAbsent(machine.name(), machine.stay().host()));
        return hosts;
    }

    boolean hasMachines() {
        return machinesAround().findAny().isPresent();
    }

    /**
     * Captures what only the running machines can show, after the disks of those that run on for other tests are set aside.
     *
     * @param failed the test; a test factory has several
     */
    void capture(ExtensionContext failed, Throwable thrown) {
        if (context.getTestMethod().isPresent()) {
            boolean dynamic = failed.getTestClass().isEmpty();
            setDisksAside(dynamic ? title + " " + failed.getDisplayName() : Titles.of(failed), thrown);
        }
        evidence.capture(machinesAround().toList(), thrown);
    }

    /** A machine of the class goes on with other tests, which change its disk; once for each test that failed. */
    private void setDisksAside(String test, Throwable thrown) {
        if (failedTests.add(test)) {
            // When the verdict is announced, the test's own scope may be gone.
            upwards().forEach(scope -> scope.failedTests.add(test));
            List<ScopeMachine> shared = upwards()
                    .skip(context.getTestMethod().isPresent() ? 1 : 0)
                    .flatMap(scope -> scope.machines.stream())
                    .filter(machine -> machine.spec().preserve() != Preserve.NEVER)
                    .toList();
            Problems.uninterrupted(() -> shared.forEach(machine -> machine.failed(test, thrown)));
        }
    }

    /** Notes the verdict on a test of this class that was never begun, because its constructor failed. */
    void noteUnbegun(ExtensionContext test, Verdict verdict) {
        note(verdict);
        if (verdict instanceof Verdict.Failed failed && !(failed.thrown() instanceof NotRunException)) {
            setDisksAside(Titles.of(test), failed.thrown());
        }
    }

    /** Begins to capture it, and returns at once. */
    void beginCapture(Throwable thrown) {
        evidence.begin(machinesAround().toList(), thrown);
    }

    /** Leaves the machines up for a person to look at, if that is set for the run; once for a test, or for a class. */
    void hold() {
        Optional<LabSession> lab =
                upwards().flatMap(scope -> Stream.ofNullable(scope.session)).findFirst();
        if (lab.isPresent() && held.compareAndSet(false, true)) {
            Map<String, Stay> stays = new LinkedHashMap<>();
            machinesAround().forEach(machine -> stays.putIfAbsent(machine.name(), machine.stay()));
            lab.get().hold().hold(title, stays);
        }
    }

    /**
     * Says in one sentence whether the lab broke under a machine of this scope, and remembers that it was reported.
     *
     * @param again also when it was reported before
     */
    Optional<String> labTrouble(boolean again) {
        List<String> sentences = new ArrayList<>();
        machinesAround()
                .forEach(machine -> machine.labTrouble().ifPresent(trouble -> {
                    if (machine.report(title) || again) {
                        sentences.add(machine.name() + ": " + trouble);
                    }
                }));
        return sentences.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", sentences));
    }

    boolean hasLabTrouble() {
        return machinesAround().anyMatch(machine -> machine.labTrouble().isPresent());
    }

    /** Says which guests crashed though nobody expects it, and remembers that it was reported. */
    Optional<String> newCrashes() {
        List<String> clauses = new ArrayList<>();
        machinesAround()
                .forEach(machine -> machine.crash().ifPresent(crash -> {
                    if (machine.report(title)) {
                        clauses.add("%s: %s, seen at %s"
                                .formatted(machine.name(), crash.what(), Titles.time(crash.seen())));
                    }
                }));
        return clauses.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", clauses));
    }

    /**
     * Refuses a test whose class has a machine that broke under another test.
     *
     * @throws NotRunException with the place where that was reported
     */
    void refuseBroken() {
        machinesAround()
                .flatMap(machine -> machine.brokenBefore().stream())
                .findFirst()
                .ifPresent(why -> {
                    throw new NotRunException(why);
                });
    }

    /** Notes what happened in the test, or in something of the class, before that is concluded. */
    void note(Verdict verdict) {
        failures.note(verdict);
    }

    /** Notes what JUnit knows by now, while the machines are still up. */
    Verdict noteSoFar() {
        Verdict soFar = Verdict.soFar(context);
        note(soFar);
        if (soFar instanceof Verdict.Failed failed && !(failed.thrown() instanceof NotRunException)) {
            if (context.getTestMethod().isPresent() && failedTests.isEmpty()) {
                setDisksAside(title, failed.thrown());
            }
            hold();
        }
        return soFar;
    }

    boolean hasFailed() {
        return failures.hasFailed();
    }

    /** Switches the machines off and gives their room to others; their disks are set aside. */
    void end() {
        Problems.uninterrupted(() -> {
            try {
                evidence.await();
                Problems.inAll(machines, machine -> machine.stay().end());
            } finally {
                giveRoomBack();
            }
        });
    }

    /** Concludes a class: its own failures are final when its store is closed. */
    @Override
    public void close() {
        conclude(noteSoFar());
    }

    /**
     * Keeps the disks or throws them away, and forgets the scope; machines that still run are ended first. Only the first
     * conclusion counts.
     *
     * @param verdict is final
     */
    void conclude(Verdict verdict) {
        note(verdict);
        if (concluded.compareAndSet(false, true)) {
            Problems.uninterrupted(() -> {
                try {
                    evidence.await();
                    decide();
                } finally {
                    giveRoomBack();
                }
            });
        }
        if (context.getTestMethod().isPresent()) {
            // The store that it is in stays open much longer.
            store(context).remove(key(context));
        }
    }

    private void giveRoomBack() {
        Reservation own = reservation;
        if (own != null) {
            own.close();
        }
    }

    /** What is worth keeping is safe before anything is told of it. */
    private void decide() {
        if (machines.isEmpty()) {
            return;
        }
        session().output().ended(title, hasFailed(), hostsOf(machines));
        // Machines of one test are evidence together; only a stated NEVER takes one out.
        boolean keep = machines.stream()
                .anyMatch(machine -> isReasonToKeep(machine.spec().preserve()));
        List<KeptDiskNotice> notices = new ArrayList<>();
        List<ScopeMachine> all = List.copyOf(machines);
        machines.clear();
        try {
            Problems.inAll(all, machine -> {
                if (keep && machine.spec().preserve() != Preserve.NEVER) {
                    notices.add(keep(machine));
                } else {
                    machine.stay().discard();
                }
            });
        } finally {
            Problems.inAll(notices, notice -> notice.announce(context, session().output()));
        }
        if (failures.hasOnlyPassed()) {
            session().passed(context.getUniqueId(), title);
        }
    }

    private boolean isReasonToKeep(Preserve preserve) {
        return switch (preserve) {
            case ALWAYS -> true;
            case ON_FAILURE -> hasFailed();
            case NEVER -> false;
        };
    }

    private KeptDiskNotice keep(ScopeMachine machine) {
        Throwable thrown = failures.first();
        Failure kept = machine.stay()
                .keep(new FailureDescription(context.getUniqueId(), title, Verdict.kindOf(thrown), thrown));
        if (thrown != null) {
            session().kept(context.getUniqueId(), kept);
        }
        return new KeptDiskNotice(title, machine.name(), kept);
    }

    /** Tells of what went wrong where nobody takes an exception: JUnit swallows what a watcher throws. */
    void concludeOrPrint(Verdict verdict) {
        try {
            conclude(verdict);
        } catch (RuntimeException e) {
            session().output().problem(title, e);
        }
    }

    private LabSession session() {
        LabSession lab = session;
        if (lab == null) {
            throw new IllegalStateException("no machine was booted for " + title);
        }
        return lab;
    }

    private static List<BootedHost> hostsOf(List<ScopeMachine> machines) {
        return machines.stream().map(machine -> machine.stay().host()).toList();
    }
}
