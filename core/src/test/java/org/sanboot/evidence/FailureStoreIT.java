package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Run;

@Tag("boot")
class FailureStoreIT {

    private static final Retention ONE = new Retention(1, Duration.ofDays(1), Long.MAX_VALUE);

    @TempDir
    Path home;

    @Test
    void two_builds_that_keep_and_prune_at_once_do_not_fight() throws Exception {
        Process first = java("many", home.toString(), "first", "15").start();
        Process second = java("many", home.toString(), "second", "15").start();
        List<String> announced = new ArrayList<>();
        for (Process build : List.of(first, second)) {
            for (int i = 0; i < 15; i++) {
                announced.add(build.inputReader().readLine());
            }
        }

        FailureStore store = FailureStore.at(home);
        assertThat(store.prune(ONE)).as("while both run").isEmpty();
        assertThat(store.list()).extracting(Failure::id).containsExactlyInAnyOrderElementsOf(announced);
        assertThat(store.list())
                .allSatisfy(failure -> assertThat(failure.manifest().remarks()).isEmpty())
                .allSatisfy(failure ->
                        assertThat(failure.directory().resolve("console.log")).hasContent("text"));

        first.destroyForcibly().waitFor();
        second.getOutputStream().close();
        second.waitFor();
        store.prune(ONE);
        assertThat(store.list())
                .singleElement()
                .satisfies(failure -> assertThat(announced.indexOf(failure.id()))
                        .as("the first of a run is its last to go")
                        .isIn(0, 15));
        assertThat(store.directory()).isDirectoryNotContaining("glob:**/.{building,deleted}*");
    }

    @Test
    void what_layers_hold_is_copied_into_the_kept_disk() throws Exception {
        Path machine = machineWithSnapshots();

        Failure failure = FailureStore.at(home)
                .keep(
                        description(),
                        layered(machine, machine.resolve("disk.qcow2")).build());

        assertStandsOnItsImageAlone(failure, machine);
        assertThat(machine.resolve("snapshot-0.qcow2"))
                .as("others may stand on it")
                .exists();
    }

    @Test
    void an_interrupted_machine_takes_its_layers_along() throws Exception {
        Path machine = machineWithSnapshots();
        ProcessBuilder dying = java("interrupted", home.toString(), machine.toString());
        Process dead = dying.start();
        assertThat(dead.inputReader().readLine()).isEqualTo("prepared");
        dead.destroyForcibly().waitFor();

        // Whoever opens a run clears away what dead ones have left.
        Run.open(home.resolve("runs")).close();

        List<Failure> kept = FailureStore.at(home).list();
        assertThat(kept).hasSize(1);
        Failure failure = kept.get(0);
        assertThat(failure.directory().resolve("snapshot-0.qcow2")).doesNotExist();
        assertThat(failure.report()).content().contains("Interrupted");
        assertStandsOnItsImageAlone(failure, machine);
    }

    @Test
    void the_disks_of_all_tests_that_failed_on_one_machine_open_when_it_is_gone() throws Exception {
        Path machine = machineWithFailures();
        Evidence evidence = ofFailures(machine);

        Failure failure = FailureStore.at(home).keep(description(), evidence);

        run("rm", "-r", home.resolve("runs").toString());
        assertThat(failure.manifest().failedTests())
                .extracting(Manifest.FailedTest::disk)
                .containsExactly("failed-0.qcow2", "failed-1.qcow2", null);
        assertThat(failure.manifest().remarks()).isEmpty();
        assertThat(failure.report()).content().contains(failure.directory() + "/failed-1.qcow2");
        Path moved = Files.move(home, home.resolveSibling("moved")).resolve("failures/" + failure.id());
        try {
            assertFailedDisks(moved);
        } finally {
            Files.move(home.resolveSibling("moved"), home);
        }
    }

    @Test
    void they_open_as_well_when_their_process_died_and_the_whole_directory_was_moved() throws Exception {
        Path machine = machineWithFailures();
        FailureStore.at(home).prepare(description(), ofFailures(machine));
        Path moved = Files.move(
                machine, Files.createDirectories(home.resolve("failures")).resolve("kept"));
        run("rm", "-r", home.resolve("runs").toString());

        assertThat(Interruption.describe(moved, ManifestFile.read(moved))).isEmpty();

        assertFailedDisks(moved);
        assertThat(moved).isDirectoryNotContaining("glob:**/layer-*");
    }

    private Evidence ofFailures(Path machine) {
        List<Path> layers = Stream.of("../../saved.qcow2", "snapshot-0.qcow2", "failed-0.qcow2", "failed-1.qcow2")
                .map(name -> machine.resolve(name).normalize())
                .toList();
        return Evidence.of(machine.resolve("disk.qcow2"), new Evidence.Image("image", "00", home.resolve("image.raw")))
                .layers(layers, "raw")
                .failedTest("AgentTests.a()", Instant.EPOCH, new AssertionError("a"), machine.resolve("failed-0.qcow2"))
                .failedTest("AgentTests.b()", Instant.EPOCH, new AssertionError("b"), machine.resolve("failed-1.qcow2"))
                .failedTest("AgentTests.c()", Instant.EPOCH, new AssertionError("c"), null)
                .build();
    }

    /**
     * An image, what another machine saved on it, a snapshot on that, the disk of a test that failed, the disk of one that went
     * back to the snapshot before it failed, and what the machine wrote after that; each with a byte of its own.
     */
    private Path machineWithFailures() throws Exception {
        Path machine = Files.createDirectories(home.resolve("runs/r/host-1"));
        Path image = home.resolve("image.raw");
        run("qemu-img", "create", "-q", "-f", "raw", image.toString(), "1M");
        run("qemu-io", "-f", "raw", "-c", "write -P 1 0 64k", image.toString());
        layer(image, "raw", home.resolve("runs/saved.qcow2"), 2);
        layer(home.resolve("runs/saved.qcow2"), "qcow2", machine.resolve("snapshot-0.qcow2"), 3);
        layer(machine.resolve("snapshot-0.qcow2"), "qcow2", machine.resolve("failed-0.qcow2"), 4);
        layer(machine.resolve("snapshot-0.qcow2"), "qcow2", machine.resolve("failed-1.qcow2"), 5);
        layer(machine.resolve("failed-1.qcow2"), "qcow2", machine.resolve("disk.qcow2"), 6);
        return machine;
    }

    private static void layer(Path below, String format, Path layer, int number) throws Exception {
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", below.toString(), "-F", format, layer.toString());
        run("qemu-io", "-c", "write -P %d %dk 64k".formatted(number, (number - 1) * 64), layer.toString());
    }

    private static void assertFailedDisks(Path directory) throws Exception {
        assertHolds(directory.resolve("failed-0.qcow2"), 1, 2, 3, 4);
        assertHolds(directory.resolve("failed-1.qcow2"), 1, 2, 3, 5);
        assertHolds(directory.resolve("disk.qcow2"), 1, 2, 3, 5, 6);
    }

    private static void assertHolds(Path disk, Integer... numbers) throws Exception {
        run("qemu-img", "check", "-q", disk.toString());
        for (int number = 1; number <= 6; number++) {
            int expected = List.of(numbers).contains(number) ? number : 0;
            String read = "read -P %d %dk 64k".formatted(expected, (number - 1) * 64);
            assertThat(run("qemu-io", "-r", "-c", read, disk.toString()))
                    .as("%s, %s", disk, read)
                    .doesNotContain("verification failed");
        }
    }

    /** A raw image of 1 MiB, two layers on it, the lower elsewhere, and a disk: each with a byte of its own in another place. */
    private Path machineWithSnapshots() throws Exception {
        Path machine = Files.createDirectories(home.resolve("runs/r/host-1"));
        Path image = home.resolve("image.raw");
        run("qemu-img", "create", "-q", "-f", "raw", image.toString(), "1M");
        run("qemu-io", "-f", "raw", "-c", "write -P 1 0 64k", image.toString());
        String below = image.toString();
        String format = "raw";
        Files.createDirectories(saved(machine).getParent());
        int number = 2;
        for (Path layer : List.of(saved(machine), machine.resolve("snapshot-0.qcow2"), machine.resolve("disk.qcow2"))) {
            run("qemu-img", "create", "-q", "-f", "qcow2", "-b", below, "-F", format, layer.toString());
            run("qemu-io", "-c", "write -P %d %dk 64k".formatted(number, (number - 1) * 64), layer.toString());
            below = layer.toString();
            format = "qcow2";
            number++;
        }
        return machine;
    }

    /** A layer that is called like a machine's disk, and does not go with the machine's directory. */
    private static Path saved(Path machine) {
        return machine.resolveSibling("saved").resolve("disk.qcow2");
    }

    private static void assertStandsOnItsImageAlone(Failure failure, Path machine) throws Exception {
        assertThat(failure.manifest().remarks()).noneMatch(remark -> remark.contains("layers"));
        assertThat(failure.directory().resolve("layer-0.qcow2")).doesNotExist();
        assertThat(run("qemu-img", "info", "--backing-chain", failure.disk().toString()))
                .doesNotContain("snapshot", "saved")
                .contains("image.raw");
        assertThat(run("qemu-img", "info", failure.disk().toString()))
                .as("both can be moved together")
                .contains("backing file: ../../image.raw");
        run("qemu-img", "check", "-q", failure.disk().toString());
        for (int number = 1; number <= 4; number++) {
            String read = "read -P %d %dk 64k".formatted(number, (number - 1) * 64);
            assertThat(run("qemu-io", "-r", "-c", read, failure.disk().toString()))
                    .doesNotContain("verification failed");
        }
        assertThat(Files.getPosixFilePermissions(failure.disk()).toString()).doesNotContain("WRITE");
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    static FailureDescription description() {
        return new FailureDescription("id", "AgentTests.survives()", FailureDescription.Kind.TEST, null);
    }

    static Evidence.Builder layered(Path machine, Path disk) {
        Path image = machine.resolve("../../../image.raw").normalize();
        return Evidence.of(disk, new Evidence.Image("image", "00", image))
                .layers(List.of(saved(machine), machine.resolve("snapshot-0.qcow2")), "raw");
    }

    @Test
    void a_disk_whose_layers_find_no_room_stands_on_them_and_opens() throws Exception {
        assumeNamespaces();
        Path mounted = Files.createDirectories(home.resolve("small"));
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=3m sanboot \"$0\" && exec \"$@\"",
                mounted.toString()));
        command.addAll(java("full-layers", mounted.toString()).command());

        assertThat(output(new ProcessBuilder(command).start()))
                .contains("backing file: layer-0.qcow2")
                .contains("No errors were found");
    }

    @Test
    void a_full_disk_costs_the_least_useful_evidence_and_never_the_disk() throws Exception {
        List<String> inner = new ArrayList<>(java("full", home.toString()).command());
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=1m sanboot \"$0\" && exec \"$@\"",
                home.toString()));
        command.addAll(inner);
        assumeNamespaces();

        String output = output(new ProcessBuilder(command).start());

        assertThat(output.lines().toList())
                .anyMatch(line -> line.endsWith(" 200000"))
                .contains("kept screen.png")
                .anyMatch(line -> line.startsWith("console.log was left out: "))
                .contains("memory.dump was left out: the host's disk is full, and the manifest needed its room");
    }

    private static void assumeNamespaces() throws Exception {
        int works = new ProcessBuilder("unshare", "-rm", "true").start().waitFor();
        if (System.getenv("CI") != null) {
            assertThat(works).as("unshare (package util-linux)").isZero();
        }
        assumeThat(works).as("unshare (package util-linux)").isZero();
    }

    private static ProcessBuilder java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                KeepingProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(errors).isZero();
        return output;
    }
}
