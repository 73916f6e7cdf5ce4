package org.sanboot.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;

/** Leases across processes that are killed at random, and across users. */
@Tag("boot")
class LeaseStressIT {

    private static final int PROCESSES = 8;
    private static final int KILLS = 16;

    @TempDir
    private Path directory;

    private final List<Process> processes = new ArrayList<>();
    private final Random random = new Random(1);

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void no_host_is_lost_or_doubled_while_eight_processes_lease_and_are_killed() throws Exception {
        List<LeasingProcess> running = new ArrayList<>();
        for (int number = 0; number < PROCESSES; number++) {
            running.add(start(List.of(), classPath(), 10_000));
        }
        for (int kill = 0; kill < KILLS; kill++) {
            int victim = random.nextInt(PROCESSES);
            running.get(victim).awaitFirstLease();
            running.get(victim).killWithin(random.nextInt(300));
            running.set(victim, start(List.of(), classPath(), 10_000));
        }
        for (LeasingProcess process : running) {
            process.killWithin(0);
        }

        assertThat(outputs()).noneMatch(line -> line.startsWith("doubled"));
        try (LeaseStore store = LeaseStore.in(directory.resolve("leases"))) {
            List<List<String>> all = LeaseUser.HOSTS.stream().map(List::of).toList();
            assertThat(store.acquire(new LeaseRequest(all, "all are there", Duration.ofSeconds(5))))
                    .extracting(Lease::host)
                    .containsExactlyElementsOf(LeaseUser.HOSTS);
        }
    }

    @Test
    void users_share_the_leases_of_one_machine() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
        assumeTrue(Programs.find("setpriv").isPresent(), "setpriv is missing: apt-get install util-linux");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        String classPath = copyOfClassPath();
        List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

        for (List<String> user : List.of(nobody, List.<String>of(), nobody)) {
            assertThat(start(user, classPath, 5).awaitEnd()).isZero();
        }
        assertThat(outputs()).hasSizeGreaterThanOrEqualTo(15);
    }

    /** Another user may not see what is in ours. */
    private String copyOfClassPath() throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : classPath().split(File.pathSeparator, -1)) {
            Path from = Path.of(entry);
            Path to = directory.resolve("copy-" + copies.size());
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                }
            }
            copies.add(to.toString());
        }
        return String.join(File.pathSeparator, copies);
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private List<String> outputs() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int number = 0; number < processes.size(); number++) {
            lines.addAll(Files.readAllLines(directory.resolve("output-" + number)));
        }
        return lines;
    }

    private LeasingProcess start(List<String> prefix, String classPath, int rounds) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                LeaseUser.class.getName(),
                directory.toString(),
                String.valueOf(processes.size()),
                String.valueOf(rounds)));
        Path output = directory.resolve("output-" + processes.size());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        processes.add(process);
        return new LeasingProcess(process, output);
    }

    private record LeasingProcess(Process process, Path output) {

        /** Only one that is in the middle of leasing is worth killing. */
        void awaitFirstLease() {
            await("the first lease").atMost(Duration.ofMinutes(1)).until(() -> Files.size(output) > 0);
        }

        void killWithin(int milliseconds) throws InterruptedException {
            assertThat(process.waitFor(milliseconds, TimeUnit.MILLISECONDS))
                    .as("it ended by itself, see %s", output)
                    .isFalse();
            process.destroyForcibly().waitFor();
        }

        int awaitEnd() throws InterruptedException {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }
    }
}
