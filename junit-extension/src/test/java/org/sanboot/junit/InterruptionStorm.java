package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Start;
import org.sanboot.machine.physical.HostBed;

/** The program that {@link InterruptionStormIT} runs on a file system of its own. */
final class InterruptionStorm {

    private static final Pattern ANNOUNCED = Pattern.compile("(?:the disk of \\S+|its machine) is kept in (\\S+)");

    private final Path home;
    private final Path scratch;
    private final Random random;
    private final Map<Path, String> golden;
    private final Map<String, int[]> table = new TreeMap<>();
    private long longest = TimeUnit.MINUTES.toMillis(3);

    private InterruptionStorm(Path home, long seed) throws IOException {
        this.home = home;
        this.scratch = Files.createTempDirectory("sanboot-storm");
        this.random = new Random(seed);
        this.golden = digests();
    }

    /** Takes the home, the number of rounds of two runs, and the seed. */
    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[2]);
        System.out.println("seed " + seed);
        InterruptionStorm storm = new InterruptionStorm(Path.of(arguments[0]), seed);
        storm.undisturbed();
        for (int round = 1; round <= Integer.parseInt(arguments[1]); round++) {
            // Each round is two runs, and each tenth run finds the disk full.
            storm.round(round, round % 5 == 0);
        }
        storm.print();
        System.out.println("whole");
    }

    /** Ends by itself, and tells how long that takes. */
    private void undisturbed() throws Exception {
        long began = System.nanoTime();
        Path output = scratch.resolve("undisturbed");
        assertThat(start(output).waitFor(5, TimeUnit.MINUTES)).isTrue();
        longest = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        assertThat(announced(output)).as(Files.readString(output)).hasSize(2);
        requireWhole("undisturbed", List.of(output));
    }

    private void round(int number, boolean full) throws Exception {
        Path ballast = home.resolve("ballast");
        List<Process> runs = new ArrayList<>();
        List<Path> outputs = new ArrayList<>();
        List<Thread> ends = new ArrayList<>();
        StringBuilder title = new StringBuilder("round " + number + (full ? ", full disk" : ""));
        for (int i = 0; i < 2; i++) {
            Path output = scratch.resolve(number + "-" + i);
            Process run = start(output);
            String signal = List.of("INT", "TERM", "KILL").get(random.nextInt(3));
            // Two runs at once take longer than one.
            long delay = random.nextLong(longest * 3 / 2);
            title.append(", %s after %.1f s".formatted(signal, delay / 1000.0));
            runs.add(run);
            outputs.add(output);
            Thread end = new Thread(() -> end(run, signal, delay));
            end.start();
            ends.add(end);
        }
        if (full) {
            ends.get(0).join(random.nextLong(longest));
            fill(ballast);
        }
        for (Thread end : ends) {
            end.join();
        }
        Files.deleteIfExists(ballast);
        System.out.println(title);
        for (Process run : runs) {
            assertThat(run.waitFor(1, TimeUnit.MINUTES)).as("a run's end").isTrue();
        }
        requireWhole(title.toString(), outputs);
    }

    private Process start(Path output) throws IOException {
        // A JVM that was started in the background would ignore SIGINT.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(HostBed.java(
                TestsInTheStorm.class, "-Dsanboot.home=" + home, "-Dsanboot.inventory=", "-Dsanboot.image=tiny"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private void end(Process run, String signal, long delay) {
        try {
            boolean ended = run.waitFor(delay, TimeUnit.MILLISECONDS);
            if (!ended) {
                new ProcessBuilder("kill", "-" + signal, String.valueOf(run.pid()))
                        .start()
                        .waitFor();
            }
            count(ended ? "runs that had ended" : "runs ended by " + signal, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fill(Path ballast) {
        byte[] piece = new byte[64 << 10];
        try (FileChannel file = FileChannel.open(ballast, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (true) {
                file.write(ByteBuffer.wrap(piece));
            }
        } catch (IOException e) {
            // That is what full means.
        }
    }

    private void requireWhole(String title, List<Path> outputs) throws Exception {
        await(title + ": the end of all that the runs had")
                .atMost(Duration.ofSeconds(60))
                .until(this::nothingRuns);
        assertThat(digests()).as(title).isEqualTo(golden);
        FailureStore store = FailureStore.at(home).withBackingReference(new ImageCatalogue(home)::retain);
        List<Failure> kept = store.list();
        for (Path output : outputs) {
            List<Path> announced = announced(output);
            count("announced", announced.size());
            assertThat(kept)
                    .as("%s announced %s", title, Files.readString(output))
                    .extracting(Failure::directory)
                    .containsAll(announced);
        }
        for (Failure failure : kept) {
            Process check = new ProcessBuilder(
                            "qemu-img", "check", "-q", failure.disk().toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(check.getInputStream().readAllBytes());
            assertThat(check.waitFor()).as("%s: %s: %s", title, failure, said).isZero();
            // A full disk may have had no room for the manifest, which is all that says which image it is.
            if (failure.manifest().image() != null) {
                assertThat(new ImageCatalogue(home).retained("tiny")).as(title).contains(failure.disk());
            }
            count(failure.interrupted() ? "kept as interrupted" : "kept by its test", 1);
            store.delete(failure);
        }
        outputs.forEach(output -> output.toFile().delete());
    }

    private boolean nothingRuns() throws IOException {
        try (Stream<Path> runs = Files.list(home.resolve("runs"))) {
            if (runs.findAny().isPresent()) {
                return false;
            }
        }
        return ProcessHandle.allProcesses()
                .noneMatch(process -> process.info().commandLine().orElse("").contains(home + "/runs"));
    }

    private static List<Path> announced(Path output) throws IOException {
        return ANNOUNCED
                .matcher(Files.readString(output))
                .results()
                .map((MatchResult line) -> Path.of(line.group(1)))
                .toList();
    }

    private Map<Path, String> digests() throws IOException {
        Map<Path, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(home.resolve("images"))) {
            for (Path file :
                    (Iterable<Path>) files.filter(each -> each.toString().endsWith(".raw"))::iterator) {
                digests.put(
                        file,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
        return digests;
    }

    private synchronized void count(String what, int more) {
        table.computeIfAbsent(what, key -> new int[1])[0] += more;
    }

    private void print() {
        table.forEach((what, count) -> System.out.printf("%6d  %s%n", count[0], what));
    }

    /** One machine boots, the others go on from there: all that a machine's disk can stand on is among them. */
    @IscsiBootedLinux(start = Start.WARM, memory = "192M")
    static class TestsInTheStorm {

        @Test
        void passes(BootedHost host) {
            assertThat(host.run("echo passed > /root/note && sync")).succeeded();
        }

        @Test
        void fails(BootedHost host) {
            assertThat(host.run("echo failed > /root/note && sync")).succeeded();
            throw new AssertionError("on purpose");
        }

        @Test
        void fails_after_a_snapshot(BootedHost host) {
            assertThat(host.run("echo before > /root/note && sync")).succeeded();
            host.power().cut();
            host.disk().snapshot();
            host.power().on();
            assertThat(host.run("echo after > /root/other && sync")).succeeded();
            throw new AssertionError("on purpose");
        }

        /** Runs them. */
        public static void main(String[] arguments) {
            try (LauncherSession session = LauncherFactory.openSession()) {
                session.getLauncher()
                        .execute(LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(TestsInTheStorm.class))
                                .build());
            }
            System.exit(0);
        }
    }
}
