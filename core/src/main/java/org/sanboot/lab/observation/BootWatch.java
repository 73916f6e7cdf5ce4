package org.sanboot.lab.observation;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.HostRequest;

/**
 * Follows one machine from power-on to ready, by what the target, the machine and the guest let see from outside.
 *
 * <p>Thread-safe: the target's and the machine's threads report, the lab's thread waits. A wait ends at once when the
 * machine has broken down, and when a stage takes longer than it can take in a boot that will still succeed.
 */
public final class BootWatch {

    /** A machine that watches its own deadline knows more to say when it has passed. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** Many times what a guest takes under emulation to go on from a saved state; one that does not will not ever. */
    public static final Duration RESUME_TIMEOUT = Duration.ofSeconds(30);

    /** What an initiator chooses freely in its ISID, whoever it names itself by (RFC 7143 11.12.5). */
    private static final int QUALIFIER_BITS = 16;

    /** No initiator has it: an ISID has 48 bits. */
    private static final long NOBODY = -1;

    private final String host;
    private final String image;
    private final Duration scriptTimeout;
    private final Duration readyTimeout;
    private final Consumer<BootProgress> progress;
    private final LongSupplier nanoTime;

    private final Map<BootStage, Duration> reached = new EnumMap<>(BootStage.class);
    private long begun;
    private @Nullable String trouble;
    private @Nullable String setback;
    private @Nullable Long firmwareIsid;
    private final Set<Long> isids = new LinkedHashSet<>();

    BootWatch(HostRequest request, LongSupplier nanoTime) {
        this(request, request.name(), Duration.ZERO, nanoTime);
    }

    /**
     * Makes a watch for a machine that boots by the network.
     *
     * @param host what the machine is called where people read it
     * @param scriptTimeout how long its firmware may take until it has its boot script, before its time counts
     */
    public BootWatch(HostRequest request, String host, Duration scriptTimeout, LongSupplier nanoTime) {
        this.host = host;
        this.scriptTimeout = scriptTimeout;
        this.image = request.image();
        this.readyTimeout = request.readyTimeout();
        this.progress = request.progress();
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
    }

    /** Starts over: the machine gets its power, or begins anew. The clone stays the one it was. */
    public synchronized void begin() {
        reached.keySet().removeIf(stage -> stage != BootStage.CLONED);
        begun = nanoTime.getAsLong();
        trouble = null;
        setback = null;
        firmwareIsid = null;
        isids.clear();
    }

    /** Says that a stage was reached; saying it again does nothing. */
    public void reached(BootStage stage) {
        Duration elapsed;
        synchronized (this) {
            if (reached.containsKey(stage)) {
                return;
            }
            elapsed = elapsed();
            reached.put(stage, elapsed);
            notifyAll();
        }
        progress.accept(new BootProgress(host, image, stage, elapsed));
    }

    /**
     * Says that a session began. The first one of a boot is the firmware's; one with another ISID is the operating
     * system's (RFC 7143 4.4.3.1: the two never share one, or the second would reinstate the first), unless only its last
     * 16 bits differ: iPXE draws them anew when a boot loader resets the drive and it logs in once more.
     */
    public void loggedIn(long isid) {
        BootStage stage;
        synchronized (this) {
            if (firmwareIsid == null) {
                firmwareIsid = isid;
            }
            boolean again = firmwareIsid >>> QUALIFIER_BITS == isid >>> QUALIFIER_BITS;
            if (!again || firmwareIsid == isid) {
                isids.add(isid);
            }
            stage = again ? BootStage.FIRMWARE_LOGIN : BootStage.OPERATING_SYSTEM_LOGIN;
        }
        reached(stage);
    }

    /** Returns who has logged in since the machine got its power, by the ISIDs. */
    public synchronized Set<Long> isids() {
        return new LinkedHashSet<>(isids);
    }

    /**
     * Says that the machine goes on from a saved one as soon as it has its power.
     *
     * @param before who had logged in to the target until then, by the ISIDs
     */
    public synchronized void resuming(Set<Long> before) {
        isids.addAll(before);
        firmwareIsid = NOBODY;
    }

    /** Says that the machine has its power, and with it the state of a saved one if it was to go on from that. */
    public void poweredOn() {
        boolean resumed;
        synchronized (this) {
            if (reached.containsKey(BootStage.POWERED_ON)) {
                begin();
            }
            resumed = firmwareIsid != null && firmwareIsid == NOBODY;
        }
        reached(BootStage.POWERED_ON);
        if (resumed) {
            reached(BootStage.RESUMED);
        }
    }

    /** Says that the machine began anew; machines reset themselves several times on end, which is one beginning. */
    public void wasReset() {
        synchronized (this) {
            if (last().orElse(BootStage.CLONED) == BootStage.POWERED_ON) {
                return;
            }
            begin();
        }
        reached(BootStage.POWERED_ON);
    }

    /** Passes on what there is to know about the boot. */
    public void remark(String text) {
        progress.accept(new BootProgress(host, image, last().orElse(BootStage.CLONED), elapsed(), text));
    }

    /** Says that the boot cannot succeed any more, and why; the first reason stays. */
    public synchronized void brokeDown(String why) {
        if (trouble == null) {
            trouble = why;
        }
        notifyAll();
    }

    /** Says what went wrong and is tried again by the machine itself; it is the reason if the time runs out on it. */
    public synchronized void setBack(String why) {
        setback = why;
    }

    /** Says what broke down, if anything did since the machine got its power. */
    public synchronized Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Says what broke down, as {@link #trouble()} does, and waits for a while until something has. */
    public synchronized Optional<String> awaitTrouble(Duration longest) {
        long deadline = System.nanoTime() + longest.toNanos();
        try {
            for (long left = longest.toNanos(); trouble == null && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left + 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return trouble();
    }

    /** Returns the stages reached so far. */
    public synchronized Map<BootStage, Duration> stages() {
        return new EnumMap<>(reached);
    }

    /**
     * Waits for a stage.
     *
     * @return nothing when it was reached, otherwise why it was not
     */
    public synchronized Optional<String> await(BootStage stage) throws InterruptedException {
        while (!reached.containsKey(stage)) {
            Optional<String> hopeless = hopeless();
            if (hopeless.isPresent()) {
                return hopeless;
            }
            TimeUnit.NANOSECONDS.timedWait(this, remaining().toNanos() + 1);
        }
        return Optional.empty();
    }

    /** Says why waiting is of no use any more, if it is of none. */
    public synchronized Optional<String> hopeless() {
        if (trouble != null) {
            return Optional.of(trouble);
        }
        if (!remaining().isNegative()) {
            return Optional.empty();
        }
        String silence = "nothing more came for " + seconds(sinceLast());
        return Optional.of(setback == null ? silence : silence + ", and before that " + setback);
    }

    /** Returns how long the whole boot may still take; a firmware's self-test is not the image's time. */
    public synchronized Duration untilReadyTimeout() {
        Duration begin = reached.get(BootStage.SCRIPT_FETCHED);
        return begin == null
                ? longest().minus(elapsed())
                : readyTimeout.plus(begin).minus(elapsed());
    }

    /** Returns how long a whole boot may take. */
    public Duration longest() {
        return readyTimeout.plus(scriptTimeout);
    }

    /**
     * Tells the story of a boot that failed.
     *
     * @param why what ended the wait
     * @param lastObservation asked for the last thing that was seen
     */
    public String describe(String why, Supplier<String> lastObservation) {
        BootStage last = last().orElse(BootStage.CLONED);
        String observed = lastObservation.get().strip();
        return """
                %s (image %s) did not become ready: it reached '%s', then %s.
                Likely causes: %s.%s""".formatted(
                host,
                image,
                last.title(),
                why,
                likelyCauses(last),
                observed.isEmpty()
                        ? ""
                        : "\nLast seen on the console:\n" + observed.indent(4).stripTrailing());
    }

    private synchronized Optional<BootStage> last() {
        return reached.keySet().stream().reduce((first, second) -> second);
    }

    private static String likelyCauses(BootStage reached) {
        return switch (reached) {
            case CLONED -> "the machine did not start; its own message is above";
            case RESUMED -> "the guest does not get along with having been saved";
            case POWERED_ON -> "network boot: no address by DHCP, no iPXE script, or the target is not reachable";
            case ADDRESS_REQUESTED ->
                "network boot: no answer by DHCP reached it, or it cannot fetch iPXE or its script from this host";
            case SCRIPT_FETCHED, SCRIPT_RUNNING ->
                "its iPXE cannot reach the target: a firewall on this host, or another route than the one it has";
            case FIRMWARE_LOGIN ->
                "the target accepted the login and was not read from: the iPXE script or the firmware";
            case FIRST_READ ->
                "the boot loader or kernel stopped, or the operating system has no driver for its network"
                        + " card or no iSCSI initiator in its early boot (on Windows: STOP 0x7B, a network driver or filter)";
            case OPERATING_SYSTEM_LOGIN ->
                "the guest stopped while it started, has no ssh server, or refuses the" + " credentials of the image";
            case GUEST_READY -> "the guest was ready and is not any more";
        };
    }

    /**
     * The time left for the next stage. Shares of the whole, because the same guest takes ten times as long without
     * hardware acceleration, and the ready time-out is what a user sets for it.
     */
    private Duration remaining() {
        Duration share = switch (last().orElse(BootStage.CLONED)) {
            case RESUMED -> RESUME_TIMEOUT;
            case CLONED, POWERED_ON, ADDRESS_REQUESTED ->
                scriptTimeout.isZero() ? readyTimeout.dividedBy(2) : scriptTimeout.plus(GRACE);
            case SCRIPT_FETCHED, SCRIPT_RUNNING, FIRMWARE_LOGIN -> readyTimeout.dividedBy(4);
            case FIRST_READ -> readyTimeout.multipliedBy(3).dividedBy(4);
            case OPERATING_SYSTEM_LOGIN, GUEST_READY -> readyTimeout;
        };
        Duration forStage = share.minus(sinceLast());
        Duration forAll = untilReadyTimeout();
        return forStage.compareTo(forAll) < 0 ? forStage : forAll;
    }

    private Duration sinceLast() {
        return elapsed().minus(last().map(reached::get).orElse(Duration.ZERO));
    }

    /** Returns the time since the boot began. */
    public Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - begun);
    }

    private static String seconds(Duration duration) {
        return "%.1f s".formatted(duration.toMillis() / 1000.0);
    }
}
