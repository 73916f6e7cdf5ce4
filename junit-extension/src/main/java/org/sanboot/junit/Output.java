package org.sanboot.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.sanboot.evidence.Failure;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.LabSummary;

/** What is printed while tests run: short lines, each written at once, so that parallel tests do not mix within one. */
final class Output {

    private static final String PREFIX = "[sanboot] ";

    private final Consumer<String> lines;

    Output(Consumer<String> lines) {
        this.lines = lines;
    }

    void booting(String title, List<HostPlan> plans) {
        lines.accept(PREFIX + title + " boots "
                + String.join(
                        ", ",
                        plans.stream()
                                .map(plan -> named(plan.name(), plan.request().image()))
                                .toList()));
    }

    void reached(BootProgress progress) {
        lines.accept("%s%s: %s %s"
                .formatted(
                        PREFIX,
                        named(progress.host(), progress.image()),
                        progress.stage().title(),
                        seconds(progress.elapsed())));
    }

    void ended(String title, boolean failed, List<BootedHost> hosts) {
        lines.accept("%s%s %s on %s"
                .formatted(
                        PREFIX,
                        title,
                        failed ? "failed" : "ended without a failure",
                        String.join(
                                ", ", hosts.stream().map(Output::withBootTime).toList())));
    }

    /** Says where a disk is and what to do with it, and points report tools to what lies beside it. */
    void kept(String title, String host, Failure failure) {
        StringBuilder text = new StringBuilder(
                "%s%s: the disk of %s is kept in %s".formatted(PREFIX, title, host, failure.directory()));
        failure.commands()
                .forEach(command ->
                        text.append(System.lineSeparator()).append("  ").append(command));
        attachments(failure)
                .forEach(file -> text.append(System.lineSeparator()).append("[[ATTACHMENT|%s]]".formatted(file)));
        lines.accept(text.toString());
    }

    void problem(String title, Exception problem) {
        lines.accept("%s%s: %s".formatted(PREFIX, title, problem.getMessage()));
    }

    void summary(LabSummary summary) {
        int boots = summary.machinesBooted();
        lines.accept("%s%d %s booted%s, %d did not boot, %d %s kept; booting took %s, tests %s, ending %s"
                .formatted(
                        PREFIX,
                        boots,
                        boots == 1 ? "machine" : "machines",
                        boots == 0
                                ? ""
                                : " in %s on average"
                                        .formatted(seconds(summary.booting().dividedBy(boots))),
                        summary.bootsFailed(),
                        summary.failuresKept(),
                        summary.failuresKept() == 1 ? "failure" : "failures",
                        seconds(summary.booting()),
                        seconds(summary.inUse()),
                        seconds(summary.ending())));
    }

    /** All but the disk: a report is no place for gigabytes. */
    private static List<Path> attachments(Failure failure) {
        try (Stream<Path> files = Files.list(failure.directory())) {
            return files.filter(file -> Files.isRegularFile(file) && !file.equals(failure.disk()))
                    .map(Path::toAbsolutePath)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            // The place is printed in any case; who looks there will see what is wrong with it.
            return List.of();
        }
    }

    private static String withBootTime(BootedHost host) {
        Duration ready = host.stages().get(BootStage.GUEST_READY);
        String time = ready == null ? "" : ", ready after " + seconds(ready);
        return "%s (%s%s)".formatted(host.name(), host.image(), time);
    }

    private static String named(String host, String image) {
        return "%s (%s)".formatted(host, image);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
