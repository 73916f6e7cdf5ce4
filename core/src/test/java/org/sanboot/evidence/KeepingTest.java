package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;

/** Whatever comes between a failure and its description, the disk is there. */
class KeepingTest {

    @TempDir
    Path home;

    private FailureStore store;
    private Path machine;

    @BeforeEach
    void makeMachine() throws IOException {
        store = FailureStore.at(home);
        machine = Files.createDirectories(home.resolve("runs/r/host-1"));
        Files.writeString(machine.resolve("disk.qcow2"), "disk");
    }

    @Test
    void an_exception_whose_methods_throw_is_described_by_its_class() {
        class Nasty extends RuntimeException {
            @Override
            public String getMessage() {
                throw new NullPointerException("in getMessage()");
            }
        }

        Failure failure = store.keep(description(new Nasty()), evidence().build());

        assertThat(failure.disk()).hasContent("disk");
        assertThat(failure.manifest().exception().message())
                .contains("getMessage() threw java.lang.NullPointerException");
        assertThat(failure.manifest().exception().stackTrace()).contains("KeepingTest");
        assertThat(failure.report()).exists();
    }

    @Test
    void an_exception_that_recurses_for_ever_is_described_too() {
        class Endless extends RuntimeException {
            @Override
            public String getMessage() {
                return toString();
            }

            @Override
            public String toString() {
                return getLocalizedMessage();
            }
        }

        Failure failure = store.keep(description(new Endless()), evidence().build());

        assertThat(failure.manifest().exception().message()).contains("java.lang.StackOverflowError");
    }

    @Test
    void a_message_of_60_MiB_is_cut_and_says_so() throws IOException {
        Failure failure = store.keep(
                description(new AssertionError("x".repeat(60 << 20))),
                evidence().build());

        assertThat(failure.manifest().exception().message())
                .hasSizeLessThan(70_000)
                .endsWith("[... 62849024 of 62914560 characters are left out]");
        assertThat(failure.manifest().exception().stackTrace()).endsWith("characters are left out]");
        assertThat(Files.size(failure.report())).isLessThan(1 << 20);
        assertThat(Files.size(store.index())).isLessThan(1 << 20);
    }

    @Test
    void a_name_of_any_length_names_a_failure() {
        String name = "test(" + "\u202E\ud83d/".repeat(1 << 20) + ")";

        Failure failure = store.keep(
                new FailureDescription(name, name, FailureDescription.Kind.TEST, null),
                evidence().build());

        assertThat(failure.id()).hasSizeLessThan(100);
        assertThat(failure.manifest().test().displayName()).hasSizeLessThan(2_100);
    }

    @Test
    void a_console_of_gigabytes_keeps_its_beginning_and_its_end_and_says_so() throws IOException {
        Path console = machine.resolve("console");
        try (var file = new RandomAccessFile(console.toFile(), "rw")) {
            file.write("first line\n".getBytes(StandardCharsets.UTF_8));
            file.setLength(1L << 30);
            file.seek((1L << 30) - 10);
            file.write("\nlast line".getBytes(StandardCharsets.UTF_8));
        }

        Failure failure = store.keep(
                description(null), evidence().text("console.log", console).build());

        Path kept = failure.directory().resolve("console.log");
        assertThat(Files.size(kept)).isLessThan((32 << 20) + 200);
        try (var lines = Files.lines(kept, StandardCharsets.ISO_8859_1)) {
            assertThat(lines.filter(line -> line.contains(" line") || line.contains("left out")))
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("first line"),
                            line -> assertThat(line).contains("bytes are left out here, of 1073741824"),
                            line -> assertThat(line).isEqualTo("last line"));
        }
        assertThat(failure.manifest().remarks())
                .anyMatch(remark -> remark.startsWith("Of console.log, ") && remark.endsWith(" are left out."));
    }

    @Test
    void what_is_gathered_waits_for_the_disk_to_be_sealed() {
        List<String> seen = new ArrayList<>();

        Failure failure = store.keep(
                description(null),
                evidence()
                        .whenSealed((disk, more) -> {
                            seen.add(permissions(disk));
                            more.fact("seen", "yes").text("note.txt", "gathered");
                        })
                        .build());

        assertThat(seen).singleElement().asString().doesNotContain("w");
        assertThat(failure.manifest().facts()).containsEntry("seen", "yes");
        assertThat(failure.directory().resolve("note.txt")).hasContent("gathered");
    }

    @Test
    void an_error_while_evidence_is_gathered_costs_that_evidence_only() {
        Failure failure = store.keep(
                description(null),
                evidence()
                        .text("before.txt", "before")
                        .whenSealed((disk, more) -> {
                            more.text("half.txt", "half");
                            throw new OutOfMemoryError("no room for logs");
                        })
                        .whenSealed((disk, more) -> more.text("after.txt", "after"))
                        .build());

        assertThat(failure.disk()).hasContent("disk");
        assertThat(failure.manifest().files())
                .extracting(Manifest.KeptFile::name)
                .containsExactly("before.txt", "after.txt");
        assertThat(failure.manifest().remarks())
                .containsExactly(
                        "Some of the evidence could not be gathered: java.lang.OutOfMemoryError: no room for logs");
    }

    @Test
    void layers_that_cannot_be_copied_into_the_disk_stay_beside_it() throws IOException {
        Path layer = Files.writeString(machine.resolve("snapshot-0.qcow2"), "no qcow2");

        Failure failure = store.keep(
                description(null), evidence().layers(List.of(layer), "raw").build());

        assertThat(failure.disk()).hasContent("disk");
        assertThat(failure.directory().resolve("layer-0.qcow2")).hasContent("no qcow2");
        assertThat(failure.manifest().remarks())
                .singleElement()
                .asString()
                .startsWith("The disk stands on the layers of its snapshots, which could not be copied into it:");
        assertThat(permissions(failure.disk())).doesNotContain("w");
    }

    @Test
    void where_the_store_cannot_be_written_the_disk_stays_and_its_place_is_said() throws IOException {
        Files.writeString(home.resolve("failures"), "a file in the way");

        assertThatThrownBy(() -> store.keep(description(null), evidence().build()))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("The disk %s cannot be kept".formatted(machine.resolve("disk.qcow2")))
                .hasMessageContaining("stays where it is");
        assertThat(machine.resolve("disk.qcow2")).hasContent("disk");
    }

    @Test
    void a_housekeeper_that_takes_nothing_more_does_not_make_the_failure_look_lost() {
        FailureStore closing = store.withHousekeeper(task -> {
            throw new java.util.concurrent.RejectedExecutionException("closed");
        });

        assertThat(closing.keep(description(null), evidence().build()).disk()).exists();
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Evidence.Builder evidence() {
        return Evidence.of(machine.resolve("disk.qcow2"), new Evidence.Image("debian", "abc", Path.of("/debian.raw")));
    }

    private static FailureDescription description(Throwable exception) {
        return new FailureDescription("id", "AgentTests.survives()", FailureDescription.Kind.TEST, exception);
    }
}
