package org.sanboot.install;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.InfrastructureException;

/**
 * Follows one installation over all its boots, by what the target, the machine, its console and its screen let see, and
 * decides what comes next.
 *
 * <p>Thread-safe: others report on their threads, the installation's thread waits.
 */
final class InstallWatch {

    /** What a boot is for. */
    enum Boot {
        INSTALLER,
        DISK
    }

    /** What the installation has to do next. */
    enum Next {
        POWER_ON,
        FINISH
    }

    /** An installer that restarts without having written anything goes in circles. */
    private static final int MOST_INSTALLER_BOOTS = 3;

    /** What restarts because it found no disk does so for ever. */
    private static final int MOST_LOST_BOOTS = 3;

    /** Windows takes five. */
    private static final int MOST_BOOTS = 25;

    /**
     * The upper 32 of the 48 bits of iPXE's ISIDs: the format with an enterprise number (RFC 7143 11.12.5), and that of Fen
     * Systems, 10019; the rest is random.
     */
    private static final long IPXE = 0x4000_2723L;

    private static final Pattern CLOCK = Pattern.compile("\\d{1,2}:\\d{2}(:\\d{2})?");

    /** Far more than an installer has to say. */
    private static final int MOST_LINES = 100_000;

    /** An idle system writes its logs and caches. */
    private static final long MUCH_WRITTEN = 64L << 20;

    /** How much longer small changes of the screen and small writes are taken for signs of life. */
    private static final int PATIENCE = 4;

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration REPORT = Duration.ofMinutes(1);

    private final InstallRecipe recipe;
    private final Consumer<InstallProgress> progress;
    private final LongSupplier bytesWritten;
    private final Supplier<String> picture;
    private final LongSupplier nanoTime;
    private final long begun;

    private final Set<String> printed = new HashSet<>();
    private final List<InstallProgress> reached = new ArrayList<>();
    private int boots;
    private int lostBoots;
    private @Nullable Boot boot;
    private boolean firmwareLoggedIn;
    private boolean systemLoggedIn;
    private long written;
    private long lastSign;
    private String lastSignWas = "the start";
    private long lastStrongSign;
    private long writtenAtStrongSign;
    private long lastReport;
    private @Nullable String trouble;
    private @Nullable String complete;
    private boolean off;
    private boolean interrupted;

    /**
     * Begins to watch.
     *
     * @param bytesWritten how much was written to the disk so far
     * @param picture the latest picture's name, or nothing
     */
    InstallWatch(
            InstallRecipe recipe,
            Consumer<InstallProgress> progress,
            LongSupplier bytesWritten,
            Supplier<String> picture,
            LongSupplier nanoTime) {
        this.recipe = recipe;
        this.progress = progress;
        this.bytesWritten = bytesWritten;
        this.picture = picture;
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
        this.lastSign = begun;
        this.lastStrongSign = begun;
        this.lastReport = begun;
    }

    /** Says that a stage was reached. */
    synchronized void reached(InstallStage stage, String detail) {
        InstallProgress event = new InstallProgress(stage, boots, elapsed(), detail, picture.get());
        if (stage != InstallStage.WORKING) {
            reached.add(event);
            strongSign(stage.title());
        }
        lastReport = nanoTime.getAsLong();
        progress.accept(event);
    }

    /**
     * Says that the firmware asks what to do, which it does once for each boot.
     *
     * @return the installer until something is on the disk, and the disk from then on
     */
    synchronized Boot booting() {
        boots++;
        lostBoots = lostItsDisk() ? lostBoots + 1 : 0;
        firmwareLoggedIn = false;
        systemLoggedIn = false;
        measure();
        if (written > 0 && boots > 1) {
            boot = Boot.DISK;
            if (recipe.end() instanceof InstallEnd.Restart) {
                complete("the installer restarted the machine");
                return boot;
            }
        } else {
            boot = Boot.INSTALLER;
            if (boots > MOST_INSTALLER_BOOTS) {
                brokeDown("the installer was started %d times and never wrote to the disk".formatted(boots - 1));
            }
        }
        if (lostBoots == MOST_LOST_BOOTS) {
            brokeDown("the installed system was started %d times in a row and never logged in to its disk"
                    .formatted(lostBoots));
        }
        if (boots > MOST_BOOTS) {
            brokeDown("the machine was restarted %d times".formatted(boots - 1));
        }
        reached(boot == Boot.DISK ? InstallStage.DISK_BOOT : InstallStage.INSTALLER_BOOT, "");
        return boot;
    }

    /** Tells whether the boot that just ended was one of a system that lost the disk its firmware had; a DOS needs no login. */
    private boolean lostItsDisk() {
        boolean logsIn =
                recipe.end() instanceof InstallEnd.SystemPowerOff || recipe.end() instanceof InstallEnd.SshReady;
        return logsIn && boot == Boot.DISK && firmwareLoggedIn && !systemLoggedIn;
    }

    /** Returns whether the firmware has gone on to the installer, and nobody but the firmware has logged in since. */
    synchronized boolean installerStarts() {
        return boot == Boot.INSTALLER && !systemLoggedIn && written == 0 && !isOver();
    }

    /**
     * Says that a session began. The first one of a boot is the firmware's, and so is a later one of iPXE's, which logs in
     * anew under another ISID when its connection was idle for too long; any other is the operating system's.
     */
    synchronized void loggedIn(long isid) {
        if (!firmwareLoggedIn) {
            firmwareLoggedIn = true;
            reached(InstallStage.FIRMWARE_LOGIN, "");
        } else if (isid >>> 16 != IPXE && !systemLoggedIn) {
            systemLoggedIn = true;
            reached(boot == Boot.DISK ? InstallStage.SYSTEM_LOGIN : InstallStage.INSTALLER_LOGIN, "");
        }
        notifyAll();
    }

    /** Returns whether the installed system runs, as far as the target can tell. */
    synchronized boolean systemRuns() {
        return systemLoggedIn && boot == Boot.DISK;
    }

    /** Says what stands in a line of the console. Only what was not there before is a sign of life, and a clock is none. */
    synchronized void printed(String line) {
        if (printed.size() < MOST_LINES && printed.add(CLOCK.matcher(line).replaceAll(""))) {
            strongSign("output on the console");
        }
    }

    /** Says that the screen shows what it has not shown before. */
    synchronized void pictured(ScreenWatch.Change change) {
        switch (change) {
            case LARGE -> strongSign("a new picture on the screen");
            case SMALL -> sign("a small change of the screen");
        }
    }

    /** Says that the guest switched the machine off. */
    synchronized void poweredOff() {
        measure();
        boolean ended = recipe.end() instanceof InstallEnd.PowerOff
                || recipe.end() instanceof InstallEnd.Restart
                || (recipe.end() instanceof InstallEnd.SystemPowerOff && systemRuns());
        if (complete == null && written == 0) {
            brokeDown("the installer switched the machine off without having written to the disk");
        } else if (ended) {
            complete("the guest switched the machine off");
        }
        off = true;
        notifyAll();
    }

    /** Says that the end was recognised; saying it again does nothing. */
    synchronized void complete(String how) {
        if (complete == null && trouble == null) {
            complete = how;
            reached(InstallStage.COMPLETE, how);
        }
        notifyAll();
    }

    /** Says that the installation cannot succeed any more, and why; the first reason stays. */
    synchronized void brokeDown(String why) {
        if (trouble == null && complete == null) {
            trouble = why;
        }
        notifyAll();
    }

    /** Says that the run ends, by the user's wish. */
    synchronized void interrupted() {
        if (!isOver()) {
            interrupted = true;
            brokeDown("it was interrupted");
        }
    }

    /** Tells whether that is what ended it. */
    synchronized boolean wasInterrupted() {
        return interrupted;
    }

    /** Says that nobody follows the installation any more. */
    synchronized boolean isOver() {
        return trouble != null || complete != null;
    }

    /**
     * Waits until there is something to do.
     *
     * @throws InfrastructureException when the installation broke down, is stuck, or takes too long
     */
    synchronized Next await() {
        try {
            while (true) {
                if (interrupted) {
                    throw new InfrastructureException("The installation was interrupted; nothing of it is kept.");
                }
                if (trouble != null) {
                    throw failed("it cannot go on: " + trouble.replaceFirst("\\.$", ""));
                }
                if (complete != null) {
                    return Next.FINISH;
                }
                if (off) {
                    off = false;
                    return Next.POWER_ON;
                }
                measure();
                checkTime();
                TimeUnit.NANOSECONDS.timedWait(this, TICK.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("The installation was interrupted.", e);
        }
    }

    private void measure() {
        long now = bytesWritten.getAsLong();
        if (now > written) {
            if (written == 0) {
                written = now;
                reached(InstallStage.FIRST_WRITE, "");
            }
            written = now;
            if (written - writtenAtStrongSign >= MUCH_WRITTEN) {
                strongSign("a write to the disk");
            } else {
                sign("a write to the disk");
            }
        }
        if (nanoTime.getAsLong() - lastReport >= REPORT.toNanos()) {
            reached(InstallStage.WORKING, new ByteSize(written) + " written");
        }
    }

    private void checkTime() {
        long now = nanoTime.getAsLong();
        if (now - lastSign >= recipe.stuckAfter().toNanos()) {
            throw failed(
                    "it is stuck: for %s nothing was written to the disk, printed on the console, or new on the screen. Most often it waits for an answer that the answer files do not give: the last picture shows which"
                            .formatted(spoken(recipe.stuckAfter())));
        }
        if (now - lastStrongSign >= PATIENCE * recipe.stuckAfter().toNanos()) {
            throw failed(
                    "it is stuck: for %s there were only changes of the screen as small as a clock's and writes of less than %s. The last picture shows what it waits for"
                            .formatted(spoken(recipe.stuckAfter().multipliedBy(PATIENCE)), new ByteSize(MUCH_WRITTEN)));
        }
        if (now - begun >= recipe.timeout().toNanos()) {
            throw failed("it takes longer than %s; if it is only slow, raise the time-out"
                    .formatted(spoken(recipe.timeout())));
        }
    }

    private InfrastructureException failed(String why) {
        InstallProgress last = reached.get(reached.size() - 1);
        return new InfrastructureException(
                "The installation did not come to its end after %s: %s. The last stage was '%s' (boot %d, %s after the start), the last sign of life was %s %s ago, and %s were written."
                        .formatted(
                                spoken(elapsed()),
                                why,
                                last.stage().title(),
                                last.boot(),
                                spoken(last.elapsed()),
                                lastSignWas,
                                spoken(Duration.ofNanos(nanoTime.getAsLong() - lastSign)),
                                new ByteSize(written)));
    }

    private void strongSign(String what) {
        sign(what);
        lastStrongSign = lastSign;
        writtenAtStrongSign = written;
    }

    private void sign(String what) {
        lastSign = nanoTime.getAsLong();
        lastSignWas = what;
    }

    /** Returns the stages so far, in order. */
    synchronized List<InstallProgress> stages() {
        return List.copyOf(reached);
    }

    synchronized long written() {
        return written;
    }

    private Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - begun);
    }

    static String spoken(Duration duration) {
        return duration.toSeconds() < 120
                ? "%d s".formatted(duration.toSeconds())
                : "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart());
    }
}
