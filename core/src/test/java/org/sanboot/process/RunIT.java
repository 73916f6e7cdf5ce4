package org.sanboot.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("boot")
class RunIT {

    private final List<ProcessHandle> toEnd = new ArrayList<>();

    @TempDir
    Path parent;

    @TempDir
    Path elsewhere;

    @AfterEach
    void end_what_a_failed_test_left() {
        toEnd.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void close_ends_processes_and_removes_directories() throws Exception {
        Run run = Run.open(parent);
        Process process = start(run, "sleep", "600");
        Files.writeString(run.directory().resolve("scratch"), "scratch");
        Files.writeString(run.socketDirectory().resolve("scratch"), "scratch");

        run.close();
        run.close();

        assertThat(process.waitFor(1, TimeUnit.SECONDS)).isTrue();
        assertThat(run.directory()).doesNotExist();
        assertThat(run.socketDirectory()).doesNotExist();
        assertThat(parent).isEmptyDirectory();
        assertThatThrownBy(() -> run.start(new ProcessBuilder("true"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void does_first_what_was_asked_for_before_the_end() {
        Run run = Run.open(parent);
        List<Boolean> existed = new ArrayList<>();
        run.beforeEnd(() -> existed.add(Files.exists(run.directory())));

        run.close();

        assertThat(existed).containsExactly(true);
    }

    @Test
    void a_second_class_loader_of_the_jvm_leaves_the_first_ones_run_alive() throws Exception {
        try (URLClassLoader first = loader();
                URLClassLoader second = loader();
                AutoCloseable run = open(first);
                AutoCloseable unused = open(second)) {
            assertThat(run.getClass()).isNotEqualTo(unused.getClass());
            Path directory = (Path) run.getClass().getMethod("directory").invoke(run);

            // Another process sweeps when it opens a run, and ends at the end of its input.
            Process other = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            RunHolder.class.getName(),
                            parent.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            toEnd.add(other.toHandle());
            other.getOutputStream().close();
            assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();

            assertThat(other.exitValue()).isZero();
            assertThat(directory).exists();
        }
    }

    private AutoCloseable open(ClassLoader loader) throws ReflectiveOperationException {
        return (AutoCloseable) loader.loadClass(Run.class.getName())
                .getMethod("open", Path.class)
                .invoke(null, parent);
    }

    private static URLClassLoader loader() throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @Test
    void directories_are_closed_to_others_and_sockets_have_short_addresses() throws IOException {
        try (Run run = Run.open(parent.resolve("a-long-name".repeat(10)))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run.directory())))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run.socketDirectory())))
                    .isEqualTo("rwx------");
            assertThat(run.socketDirectory().toString()).hasSizeLessThan(80);
        }
    }

    @Test
    void forgets_a_process_that_ended_by_itself() throws Exception {
        try (Run run = Run.open(parent)) {
            assertThat(start(run, "true").waitFor()).isZero();

            await("record removed")
                    .untilAsserted(() -> assertThat(run.directory().resolve(Reaper.PROCESSES))
                            .isEmptyDirectory());
        }
    }

    @Test
    void a_started_program_is_the_process_itself_with_its_arguments_and_a_session_of_its_own() throws Exception {
        try (Run run = Run.open(parent)) {
            Process process = start(run, "sh", "-c", "echo \"$$ $1\"; read -r line", "sh", "two  words");
            var output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));

            assertThat(output.readLine()).isEqualTo(process.pid() + " two  words");
            // proc(5) stat: pid (comm) state ppid pgrp session
            assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/stat")))
                    .matches("(?s)%1$d \\(sh\\) \\S \\d+ %1$d %1$d .*".formatted(process.pid()));
        }
    }

    @Test
    void kill_dash_nine_of_the_jvm_ends_its_processes_and_removes_its_directories() throws Exception {
        Holder holder = hold();

        holder.jvm().destroyForcibly();

        holder.awaitGone(Duration.ofSeconds(10));
    }

    @Test
    void sigterm_to_the_jvm_ends_its_processes_and_removes_its_directories() throws Exception {
        Holder holder = hold();

        holder.jvm().destroy();

        holder.awaitGone(Duration.ofSeconds(10));
    }

    @Test
    void what_is_to_be_saved_is_moved_to_its_place_and_sealed_when_the_jvm_is_killed() throws Exception {
        Path place = elsewhere.resolve("kept in/a place");
        Holder holder = hold(place.toString());

        holder.jvm().destroyForcibly();

        holder.awaitGone(Duration.ofSeconds(10));
        assertThat(place.resolve("disk")).hasContent("disk");
        assertThat(place.resolve(Rescue.MARK)).doesNotExist();
        assertThat(Files.getPosixFilePermissions(place.resolve("disk")).toString())
                .doesNotContain("WRITE");
    }

    @Test
    void what_cannot_be_moved_stays_until_it_can() throws Exception {
        Path taken = Files.createDirectory(elsewhere.resolve("taken"));
        Holder holder = hold(taken.toString());

        holder.jvm().destroyForcibly();
        await("the end of its process")
                .untilAsserted(() -> assertThat(holder.sockets()).doesNotExist());
        Run.open(parent).close();
        assertThat(holder.directory().resolve("a machine/disk")).hasContent("disk");

        Files.delete(taken);
        Run.open(parent).close();
        assertThat(taken.resolve("disk")).hasContent("disk");
        assertThat(holder.directory()).doesNotExist();
    }

    @Test
    void an_end_in_good_order_says_what_was_saved_and_saves_nothing_that_was_withdrawn_or_has_no_disk()
            throws IOException {
        Run run = Run.open(parent);
        List<Path> told = new ArrayList<>();
        run.whenRescued(told::addAll);
        for (String name : List.of("saved", "withdrawn", "without")) {
            Path machine = Files.createDirectory(run.directory().resolve(name));
            Files.writeString(machine.resolve(name.equals("without") ? "other" : "disk"), name);
            Rescue.prepare(machine, "disk", elsewhere.resolve(name));
        }
        Rescue.withdraw(run.directory().resolve("withdrawn"));

        run.close();

        assertThat(told).containsExactly(elsewhere.resolve("saved"));
        assertThat(elsewhere).isDirectoryNotContaining("glob:**/with*");
        assertThat(elsewhere.resolve("saved/disk")).hasContent("saved");
        assertThat(run.directory()).doesNotExist();
    }

    @Test
    void the_next_run_clears_away_what_a_killed_reaper_left() throws Exception {
        Holder holder = hold();
        endReaper(holder.jvm());
        holder.jvm().destroyForcibly().waitFor();
        assertThat(holder.directory()).exists();
        assertThat(holder.process().isAlive()).isTrue();

        try (Run run = Run.open(parent)) {
            assertThat(holder.directory()).doesNotExist();
            assertThat(run.directory()).exists();
            holder.awaitGone(Duration.ofSeconds(10));
        }
    }

    @Test
    void close_clears_away_although_the_reaper_was_killed() throws Exception {
        Holder holder = hold();
        endReaper(holder.jvm());

        holder.jvm().getOutputStream().close();

        holder.awaitGone(Duration.ofSeconds(10));
    }

    @Test
    void runs_at_the_same_time_do_not_touch_each_other() throws Exception {
        Holder other = hold();
        Run first = Run.open(parent);
        Process process = start(first, "sleep", "600");

        Run second = Run.open(parent);
        second.close();
        Holder another = hold();
        another.jvm().destroy();
        another.awaitGone(Duration.ofSeconds(10));

        assertThat(other.process().isAlive()).isTrue();
        assertThat(other.directory()).exists();
        assertThat(other.sockets()).exists();
        assertThat(process.isAlive()).isTrue();
        assertThat(first.directory()).exists();
        first.close();
        assertThat(other.process().isAlive()).isTrue();
        other.jvm().destroy();
        other.awaitGone(Duration.ofSeconds(10));
    }

    @Test
    void a_process_that_only_has_a_recorded_id_is_left_alone() throws Exception {
        Process stranger = sleepingStranger();
        Process known = sleepingStranger();
        Run run = Run.open(parent);
        Path records = run.directory().resolve(Reaper.PROCESSES);
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        String stat = stat(stranger);
        // Field 22 of proc(5) stat is the start time.
        String otherStart = stat.replaceFirst("(\\) (?:\\S+ ){19})\\d+", "$1" + "1");
        Files.writeString(records.resolve("other-start"), stranger.pid() + " " + boot + " " + otherStart);
        Files.writeString(records.resolve("other-boot"), stranger.pid() + " another-boot " + stat);
        Files.writeString(records.resolve("known"), known.pid() + " " + boot + " " + stat(known));

        run.close();

        assertThat(known.waitFor(1, TimeUnit.SECONDS)).isTrue();
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void a_directory_that_was_never_finished_is_cleared_away_in_time() throws IOException {
        Path fresh = Files.createDirectory(parent.resolve(".fresh"));
        Path old = Files.createDirectory(parent.resolve(".old"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(3600)));

        Run.open(parent).close();

        assertThat(fresh).exists();
        assertThat(old).doesNotExist();
    }

    private Process start(Run run, String... command) throws IOException {
        Process process = run.start(new ProcessBuilder(command));
        toEnd.add(process.toHandle());
        return process;
    }

    private Process sleepingStranger() throws IOException {
        Process process = new ProcessBuilder("sleep", "600").start();
        toEnd.add(process.toHandle());
        return process;
    }

    private static String stat(Process process) throws IOException {
        return Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    }

    private static void endReaper(Process jvm) {
        // Not started by the run's start(), so not in a recorded process: it is the child in whose arguments its name
        // is.
        ProcessHandle reaper = jvm.children()
                .filter(child -> String.join(" ", child.info().arguments().orElse(new String[0]))
                        .contains("sanboot-reaper"))
                .findFirst()
                .orElseThrow();
        reaper.destroyForcibly();
        reaper.onExit().join();
    }

    private Holder hold(String... place) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                RunHolder.class.getName(),
                parent.toString()));
        command.addAll(List.of(place));
        Process jvm = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        toEnd.add(jvm.toHandle());
        String line =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8)).readLine();
        String[] parts = line.split(" ");
        ProcessHandle process = ProcessHandle.of(Long.parseLong(parts[0])).orElseThrow();
        toEnd.add(process);
        return new Holder(jvm, process, Path.of(parts[1]), Path.of(parts[2]));
    }

    private record Holder(Process jvm, ProcessHandle process, Path directory, Path sockets) {

        void awaitGone(Duration deadline) {
            await("run gone with its process and directories").atMost(deadline).untilAsserted(() -> {
                assertThat(process.isAlive()).isFalse();
                assertThat(directory).doesNotExist();
                assertThat(sockets).doesNotExist();
            });
        }
    }
}
