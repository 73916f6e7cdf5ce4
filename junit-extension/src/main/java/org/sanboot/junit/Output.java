package org.sanboot.junit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.ByteSize;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Manifest;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.terminal.BootDisplay;
import org.sanboot.lab.terminal.Terminal;

/** What is printed while tests run: short lines, and on a terminal one that shows how machines boot. Thread-safe. */
final class Output {

    private static final String PREFIX = "[sanboot] ";

    private final Terminal terminal;
    private final BootDisplay boots;

    Output(Terminal terminal) {
        this.terminal = terminal;
        this.boots = new BootDisplay(terminal, PREFIX);
    }

    void booting(String title, List<MachineSpec> plans) {
        print(title + " boots "
                + plans.stream()
                        .map(plan -> named(plan.name(), plan.request().image()))
                        .collect(Collectors.joining(", ")));
    }

    /** Says who holds the machines that a test waits for. */
    void waiting(String title, String what) {
        print(title + " " + what);
    }

    void reached(String title, BootProgress progress) {
        boots.reached(title, progress);
    }

    /** Ends what is shown of the boots of a test, however they ended. */
    void booted(String title) {
        boots.ended(title);
    }

    /** In the first line of what a failed boot says is how far it came; the rest is with what was kept of it. */
    void bootsAgain(String title, Exception failure, int attempt, int attempts) {
        String why = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        print("%s: %s Booting again, attempt %d of %d".formatted(title, terminal.bad(why), attempt, attempts));
    }

    /** Says how a test ended, and what its machines did to their disks. */
    void ended(String title, boolean failed, List<BootedHost> hosts) {
        booted(title);
        print("%s %s on %s"
                .formatted(
                        title,
                        failed ? terminal.bad("failed") : "ended without a failure",
                        hosts.stream().map(Output::described).collect(Collectors.joining(", "))));
    }

    void holding(String title, Duration time, boolean enter, Map<String, List<String>> commands) {
        List<String> lines = new ArrayList<>();
        lines.add("%s %s; what it ran on stays up for %s%s"
                .formatted(
                        title,
                        terminal.bad("failed"),
                        time.toSeconds() < 60 ? seconds(time) : "%d min".formatted(time.toMinutes()),
                        enter ? ", or until you press Enter here" : ""));
        commands.forEach((host, each) -> {
            lines.add(host + ":");
            each.forEach(command -> lines.add("  " + command));
        });
        print(String.join(System.lineSeparator(), lines));
    }

    void goesOn(String title) {
        print(title + " goes on");
    }

    /** Says where a disk is and what to do with it, and points report tools to what explains the failure. */
    void kept(String title, String host, Failure failure) {
        List<String> lines = new ArrayList<>();
        lines.add("%s: the disk of %s is %s in %s".formatted(title, host, terminal.bad("kept"), failure.directory()));
        failure.commands().forEach(command -> lines.add("  " + command));
        failure.manifest().failedTests().stream()
                .filter(test -> test.disk() != null)
                .forEach(test -> lines.add("  %-9s the disk as %s left it".formatted(test.disk(), test.displayName())));
        if (!terminal.rewrites()) {
            // Report tools read what a build tool captured; a person has the directory.
            attachments(failure).forEach(file -> lines.add("[[ATTACHMENT|%s]]".formatted(file.toAbsolutePath())));
        }
        print(String.join(System.lineSeparator(), lines));
    }

    /** Says what becomes of the machines that were in use when the run was ended from outside. */
    void interrupted(List<Failure> kept) {
        kept.forEach(failure -> print("%s was interrupted; its machine is %s in %s"
                .formatted(failure.manifest().test().displayName(), terminal.bad("kept"), failure.directory())));
    }

    /** The page that explains it all, and what is looked at most. */
    private static List<Path> attachments(Failure failure) {
        List<Manifest.Screenshot> screens = failure.manifest().screenshots();
        Stream<Path> lastScreen = screens.stream()
                .skip(Math.max(0, screens.size() - 1))
                .map(screen -> failure.directory().resolve(screen.name()));
        return Stream.concat(Stream.of(failure.report(), failure.directory().resolve("console.log")), lastScreen)
                .filter(Files::isRegularFile)
                .toList();
    }

    void flaky(String title, Failure failure) {
        print("%s is %s: it failed before and went well now; the failure stays in %s"
                .formatted(title, terminal.doubtful("flaky"), failure.directory()));
    }

    void problem(String title, Exception problem) {
        print("%s: %s".formatted(title, problem.getMessage()));
    }

    void summary(LabSummary summary) {
        int boots = summary.machinesBooted();
        String average = boots == 0
                ? ""
                : " in %s on average".formatted(seconds(summary.booting().dividedBy(boots)));
        print("%s booted%s, %d did not boot, %s made; boot %s, test %s, teardown %s%s; %s"
                .formatted(
                        count(boots, "machine"),
                        average,
                        summary.bootsFailed(),
                        count(summary.clonesMade(), "clone"),
                        seconds(summary.booting()),
                        seconds(summary.inUse()),
                        seconds(summary.ending()),
                        summary.keeping().isZero() ? "" : ", evidence " + seconds(summary.keeping()),
                        kept(summary)));
    }

    private static String kept(LabSummary summary) {
        if (summary.failuresKept() == 0) {
            return "no failure kept";
        }
        String flaky = summary.failuresFlaky() == 0 ? "" : " (%d flaky)".formatted(summary.failuresFlaky());
        return "%s kept%s in %s".formatted(count(summary.failuresKept(), "failure"), flaky, summary.keptOnDisk());
    }

    private static String described(BootedHost host) {
        Duration ready = host.stages().get(BootStage.GUEST_READY);
        String time = ready == null ? "" : ", ready after " + seconds(ready);
        BootedHost.Disk.Statistics disk = host.disk().statistics();
        return "%s (%s%s; %s of %s, %s of %s, %s)"
                .formatted(
                        host.name(),
                        host.image(),
                        time,
                        count(disk.reads(), "read"),
                        new ByteSize(disk.bytesRead()),
                        count(disk.writes(), "write"),
                        new ByteSize(disk.bytesWritten()),
                        disk.flushes() == 1 ? "1 flush" : disk.flushes() + " flushes");
    }

    private void print(String text) {
        terminal.print(PREFIX + text);
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String named(String host, String image) {
        return "%s (%s)".formatted(host, image);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
