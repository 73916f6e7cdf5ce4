package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** A real run with a real machine in it, ended from outside. */
@Tag("boot")
class NothingLeaksIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "KILL"})
    void ten_seconds_after_its_end_nothing_of_a_run_is_left_but_what_it_kept(String signal) throws Exception {
        Path home = TestHome.withTinyGuest(directory.resolve("home"));
        try (ChildJvm child = ChildJvm.start(home, KeepingRun.class)) {
            child.awaitLine(line -> line.equals("running"), 150);
            List<ProcessHandle> machines = child.process()
                    .descendants()
                    .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                    .toList();
            assertThat(machines).as("the failed one is off").hasSize(1);
            Path sockets =
                    Files.readSymbolicLink(onlyEntryOf(home.resolve("runs")).resolve("sockets"));
            assertThat(sockets).exists();

            new ProcessBuilder(
                            "kill", "-" + signal, String.valueOf(child.process().pid()))
                    .start()
                    .waitFor();

            await("the end of everything that the run had")
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> {
                        assertThat(machines).noneMatch(ProcessHandle::isAlive);
                        assertThat(home.resolve("runs")).isEmptyDirectory();
                        assertThat(sockets).doesNotExist();
                    });
        }

        List<Failure> kept = FailureStore.at(home).list();
        assertThat(kept)
                .extracting(failure -> failure.manifest().test().displayName())
                .containsExactlyInAnyOrder("KeepingRun", "failed", "running");
        for (Failure failure : kept) {
            assertThat(failure.interrupted())
                    .isEqualTo(!failure.manifest().test().displayName().equals("KeepingRun"));
            assertThat(new ProcessBuilder("qemu-img", "check", failure.disk().toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor())
                    .isZero();
        }
        Failure failed = named("failed", kept);
        assertThat(failed.manifest().test().kind()).isEqualTo(Kind.TEST);
        assertThat(failed.manifest().exception().message()).isEqualTo("no agent");
        assertThat(failed.directory().resolve("console.log")).content().contains("sanboot-guest ready");
        assertThat(failed.directory()).isDirectoryNotContaining("glob:**/snapshot-*");
        assertThat(new ImageCatalogue(home).retained(TestHome.TINY))
                .containsExactlyInAnyOrderElementsOf(
                        kept.stream().map(Failure::disk).toList());
    }

    private static Failure named(String test, List<Failure> failures) {
        return failures.stream()
                .filter(failure -> failure.manifest().test().displayName().equals(test))
                .findFirst()
                .orElseThrow();
    }

    private static Path onlyEntryOf(Path directory) throws Exception {
        try (var entries = Files.list(directory)) {
            return entries.toList().get(0);
        }
    }

    /** Keeps one machine's disk, has another one that failed, and is then busy for ever with a third. */
    static final class KeepingRun {
        public static void main(String[] arguments) throws Exception {
            Lab lab = Lab.open(LabConfiguration.defaults());
            HostRequest.Builder request = HostRequest.of(TestHome.TINY).memoryMebibytes(256);
            lab.boot(request.build()).keep(new FailureDescription("[test]", "KeepingRun", Kind.TEST, null));
            Stay failed = lab.boot(request.purpose("failed").build());
            failed.host().run("echo before the snapshot > /root/note && sync");
            failed.host().power().cut();
            failed.host().disk().snapshot();
            failed.witness(new AssertionError("no agent"));
            lab.boot(request.purpose("running").build());
            System.out.println("running");
            new CountDownLatch(1).await();
        }
    }
}
