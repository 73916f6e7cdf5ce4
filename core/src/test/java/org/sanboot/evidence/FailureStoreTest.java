package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

class FailureStoreTest {

    private static final Instant NOW = Instant.parse("2026-11-22T15:30:12.345Z");

    @TempDir
    Path home;

    private FailureStore store;
    private Path scratch;

    @BeforeEach
    void openStore() throws IOException {
        store = at(NOW, 0x4f2a);
        scratch = Files.createDirectory(home.resolve("scratch"));
    }

    @Test
    void a_kept_failure_has_its_disk_its_files_and_its_manifest() throws IOException {
        Evidence evidence = evidence()
                .run("run 1")
                .host("client")
                .bootBegan(NOW.minusSeconds(60))
                .stage("firmware login", Duration.ofMillis(2100))
                .testBegan(NOW.minusSeconds(20))
                .failedAt(NOW.minusSeconds(1))
                .statistics(new Evidence.DiskStatistics(1, 2, 3, 4, 5, 6))
                .machine("firmware", "UEFI")
                .fact("seed", "42")
                .text("console.log", file("console", "Booting\n"))
                .text("guest/dmesg.txt", "panic")
                .screenshot(NOW, file("screen", "PNG"))
                .build();

        Failure failure = store.keep(description(new IllegalStateException("no agent")), evidence);

        assertThat(failure.id()).isEqualTo("2026-11-22-153012-AgentTests.survives-4f2a");
        assertThat(failure.disk()).hasContent("disk");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(failure.disk())))
                .doesNotContain("w");
        assertThat(evidence.disk()).doesNotExist();
        assertThat(failure.directory().resolve("console.log")).hasContent("Booting\n");
        assertThat(failure.directory().resolve("guest/dmesg.txt")).hasContent("panic");
        Manifest manifest = failure.manifest();
        assertThat(manifest.schema()).isEqualTo(1);
        assertThat(manifest.id()).isEqualTo(failure.id());
        assertThat(manifest.keptAt()).isEqualTo(NOW);
        assertThat(manifest.run()).isEqualTo("run 1");
        assertThat(manifest.test().displayName()).isEqualTo("AgentTests.survives()");
        assertThat(manifest.test().kind()).isEqualTo(FailureDescription.Kind.TEST);
        assertThat(manifest.exception().message()).isEqualTo("no agent");
        assertThat(manifest.exception().stackTrace()).contains("FailureStoreTest");
        assertThat(manifest.image().sha256()).isEqualTo("abc123");
        assertThat(manifest.stages()).containsExactly(new Manifest.Stage("firmware login", Duration.ofMillis(2100)));
        assertThat(manifest.testBegan()).isEqualTo(NOW.minusSeconds(20));
        assertThat(manifest.statistics()).isEqualTo(new Evidence.DiskStatistics(1, 2, 3, 4, 5, 6));
        assertThat(manifest.machine()).containsEntry("firmware", "UEFI");
        assertThat(manifest.labHost()).containsKeys("operating system", "java");
        assertThat(manifest.files())
                .extracting(Manifest.KeptFile::name)
                .containsExactly("console.log", "guest/dmesg.txt", "screenshots/20261122T153012.345Z.png");
        assertThat(manifest.screenshots())
                .extracting(Manifest.Screenshot::taken)
                .containsExactly(NOW);
        assertThat(manifest.remarks()).isEmpty();
    }

    @Test
    void secrets_are_in_no_file_and_not_in_the_manifest() throws IOException {
        Evidence evidence = evidence()
                .redaction(Redaction.of(List.of("s3cret\"word")))
                .text("boot.ipxe", file("boot", "set password s3cret\"word"))
                .text("note.txt", "it is s3cret\"word")
                .machine("command", "-secret s3cret\"word")
                .build();

        Failure failure = store.keep(description(new IllegalStateException("bad s3cret\"word")), evidence);

        try (Stream<Path> files = Files.walk(failure.directory())) {
            assertThat(files.filter(Files::isRegularFile))
                    .allSatisfy(file -> assertThat(file).content().doesNotContain("s3cret"));
        }
        assertThat(failure.manifest().exception().message()).isEqualTo("bad [redacted]");
    }

    @Test
    void a_message_that_was_cut_in_the_middle_of_a_character_is_kept() {
        Failure failure = store.keep(
                description(new IllegalStateException("half \uD83D")),
                evidence().build());

        assertThat(failure.manifest().exception().message()).isEqualTo("half ?");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void screenshots_of_the_same_instant_are_both_kept() throws IOException {
        Failure failure = store.keep(
                description(null),
                evidence()
                        .screenshot(NOW, file("a", "PNG"))
                        .screenshot(NOW, file("b", "PNG"))
                        .build());

        assertThat(failure.manifest().screenshots()).hasSize(2);
    }

    @Test
    void evidence_that_is_not_there_is_a_remark_and_no_error() {
        Failure failure = store.keep(
                description(null),
                evidence().text("console.log", home.resolve("nowhere")).build());

        assertThat(failure.manifest().remarks()).containsExactly("There was no console.log.");
        assertThat(failure.manifest().files()).isEmpty();
    }

    @Test
    void evidence_that_cannot_be_read_is_left_out_and_the_rest_is_kept() throws IOException {
        Evidence evidence = evidence()
                .text("console.log", Files.createDirectory(scratch.resolve("directory")))
                .text("note.txt", "kept")
                .build();

        Failure failure = store.keep(description(null), evidence);

        assertThat(failure.manifest().remarks()).singleElement().asString().startsWith("console.log was left out:");
        assertThat(failure.directory().resolve("note.txt")).hasContent("kept");
    }

    @Test
    void a_disk_that_cannot_be_moved_is_left_alone_and_nothing_half_made_stays() {
        Evidence evidence = Evidence.of(home.resolve("no-disk"), image()).build();

        assertThatThrownBy(() -> store.keep(description(null), evidence))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("no-disk");
        assertThat(store.list()).isEmpty();
        assertThat(store.directory()).isDirectoryNotContaining("glob:**/.building*");
    }

    @Test
    void what_a_dead_process_was_keeping_is_completed_by_the_next_one() throws IOException {
        Path building = Files.createDirectories(store.directory().resolve(".building-2026-11-21-101010-Test-0001"));
        Files.writeString(building.resolve("disk.qcow2"), "precious");
        Files.writeString(building.resolve("console.log"), "text");
        Path empty = Files.createDirectories(store.directory().resolve(".building-2026-11-21-101010-Test-0002"));

        keep("x", NOW);

        Failure recovered = store.find("2026-11-21-101010-Test-0001");
        assertThat(recovered.disk()).hasContent("precious");
        assertThat(recovered.manifest().remarks())
                .anyMatch(remark -> remark.startsWith("Sanboot died while it kept this failure"));
        assertThat(recovered.manifest().files())
                .extracting(Manifest.KeptFile::name)
                .containsExactly("console.log");
        assertThat(empty).doesNotExist();
    }

    @Test
    void an_interrupted_thread_keeps_its_failure_and_its_interrupt() {
        Thread.currentThread().interrupt();
        Failure failure = store.keep(
                description(null), evidence().text("note.txt", "kept").build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.directory().resolve("note.txt")).hasContent("kept");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void what_follows_a_failure_is_left_to_the_housekeeper() {
        List<Runnable> later = new ArrayList<>();
        FailureStore busy = store.withRetention(new Retention(1, Duration.ofDays(1), Long.MAX_VALUE))
                .withHousekeeper(later::add);
        Failure old = keep("Old", NOW.minusSeconds(10));
        store.runEnded("run of Old");

        Failure failure = busy.keep(description(null), evidence().build());
        assertThat(store.list()).containsExactly(failure, old);

        later.forEach(Runnable::run);
        assertThat(store.list()).containsExactly(failure);
    }

    @Test
    void a_rehearsal_leaves_nothing() throws IOException {
        FailureStore.rehearse(scratch);

        assertThat(scratch).isEmptyDirectory();
        assertThat(store.list()).isEmpty();
    }

    @Test
    void the_manifest_says_how_long_it_took_to_gather_the_evidence() {
        Failure failure = store.keep(
                description(null),
                evidence().took("screenshot", Duration.ofMillis(40)).build());

        assertThat(failure.manifest().took())
                .containsEntry("screenshot", Duration.ofMillis(40))
                .containsKey("sealing");
        assertThat(failure.report()).content().contains("screenshot took");
    }

    @Test
    void the_image_is_told_that_a_disk_stands_on_it() {
        Set<String> references = new LinkedHashSet<>();
        Failure failure = store.withBackingReference((image, disk) -> references.add(image + " " + disk))
                .keep(description(null), evidence().build());

        assertThat(references)
                .as("while it is kept, and once it is")
                .containsExactly(
                        "debian " + store.directory().resolve(".building-" + failure.id() + "/disk.qcow2"),
                        "debian " + failure.disk());
    }

    @Test
    void a_failure_without_a_manifest_can_be_deleted() throws IOException {
        Failure failure = keep("Agent.works", NOW);
        Files.delete(failure.directory().resolve("manifest.json"));

        store.delete(failure);

        assertThat(failure.directory()).doesNotExist();
    }

    @Test
    void a_note_for_which_there_was_no_room_is_made_by_the_next_user_of_the_store() {
        Failure failure = store.withBackingReference((image, disk) -> {
                    throw new InfrastructureException("No space left on device");
                })
                .keep(description(null), evidence().build());
        List<String> references = new ArrayList<>();

        store.withBackingReference((image, disk) -> references.add(image + " " + disk))
                .list();

        assertThat(references).containsExactly("debian " + failure.disk());
    }

    @Test
    void a_failure_is_found_by_a_unique_beginning() {
        Failure failure = keep("Agent.works", NOW);

        assertThat(store.find("2026-11-22")).isEqualTo(failure);
        assertThat(store.find(failure.id())).isEqualTo(failure);
    }

    @Test
    void an_unknown_or_ambiguous_id_is_answered_with_those_that_come_near() {
        assertThatThrownBy(() -> store.find("x"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none is kept");
        Failure first = keep("Agent.works", NOW);
        Failure second = keep("Server.works", NOW.plusSeconds(1));

        assertThatThrownBy(() -> store.find("2026-11-22"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("Several failures begin with 2026-11-22: " + second.id() + " or " + first.id() + ".");
        assertThatThrownBy(() -> store.find("agent"))
                .hasMessage("There is no failure agent. Did you mean " + first.id() + "?");
    }

    @Test
    void the_newest_failure_is_listed_first_even_without_a_manifest() throws IOException {
        Failure old = keep("Old", NOW.minusSeconds(100));
        Failure damaged = keep("Damaged", NOW.minusSeconds(50));
        Failure recent = keep("New", NOW);
        Files.writeString(damaged.directory().resolve("manifest.json"), "{ \"schema\": ");

        assertThat(store.list()).containsExactlyInAnyOrder(recent, damaged, old);
        assertThat(damaged.manifest().remarks()).singleElement().asString().startsWith("The manifest is damaged");
    }

    @Test
    void a_manifest_with_holes_and_unknown_values_is_read_as_far_as_it_goes() throws IOException {
        Failure failure = keep("Odd", NOW);
        Files.writeString(
                failure.directory().resolve("manifest.json"),
                "{\"schema\":7,\"test\":{\"kind\":\"NEW\"},\"files\":[null,{\"bytes\":1}],\"later\":[1]}");

        assertThat(failure.manifest().test().kind()).isEqualTo(FailureDescription.Kind.TEST);
        assertThat(failure.manifest().files()).hasSize(1);
    }

    @Test
    void a_deleted_failure_is_gone() {
        Failure failure = keep("Agent", NOW);

        store.delete(failure);

        assertThat(failure.directory()).doesNotExist();
        assertThat(store.list()).isEmpty();
        assertThatThrownBy(() -> store.delete(failure)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void a_pinned_failure_cannot_be_deleted_until_it_is_unpinned() {
        Failure failure = keep("Agent", NOW);
        store.pin(failure);

        assertThatThrownBy(() -> store.delete(failure))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("SANBOOT_HOME=%s sanboot failures unpin %s", home, failure.id());

        store.unpin(failure);
        store.delete(failure);
        assertThat(failure.directory()).doesNotExist();
    }

    @Test
    void a_failure_in_use_cannot_be_deleted_until_the_last_use_ends() {
        Failure failure = keep("Agent", NOW);

        try (var first = store.use(failure)) {
            try (var second = at(NOW, 1).use(failure)) {
                assertThatThrownBy(() -> store.delete(failure)).hasMessageContaining("is in use");
            }
            assertThatThrownBy(() -> store.delete(failure)).hasMessageContaining("is in use");
        }
        store.delete(failure);
        assertThat(failure.directory()).doesNotExist();
    }

    @Test
    void a_failure_that_another_ones_disk_stands_on_cannot_be_deleted() throws IOException {
        Failure lower = keep("Lower", NOW);
        var image = new Evidence.Image("debian", "abc", lower.disk());
        Failure upper = at(NOW, 2)
                .keep(
                        description(null),
                        Evidence.of(file("disk2", "disk"), image).build());

        assertThatThrownBy(() -> store.delete(lower)).hasMessageContaining(upper.id() + " stands on it");
    }

    @Test
    void a_flaky_failure_is_known_as_such() {
        Failure failure = keep("Agent", NOW);
        store.markFlaky(failure);

        assertThat(store.find(failure.id()).flaky()).isTrue();
    }

    @Test
    void the_holes_of_a_sparse_disk_do_not_count() throws IOException {
        Failure failure = keep("Agent", NOW);
        try (var file = new java.io.RandomAccessFile(
                failure.directory().resolve("sparse").toFile(), "rw")) {
            file.setLength(1L << 40);
        }

        assertThat(store.allocatedBytes(List.of(failure)).get(failure)).isBetween(1L, 1L << 20);
    }

    @Test
    void a_file_name_that_leaves_the_directory_or_hides_is_refused() {
        for (String name : List.of("../x", "/x", "a/../b", ".x", "a/.x", "disk.qcow2", "manifest.json", "a//b", "")) {
            assertThatThrownBy(() -> evidence().text(name, "x")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private FailureStore at(Instant now, int random) {
        return FailureStore.at(home).withClock(Clock.fixed(now, ZoneOffset.UTC), new Random() {
            @Override
            public int nextInt(int bound) {
                return random;
            }
        });
    }

    private Failure keep(String name, Instant when) {
        return at(when, 0xabcd)
                .keep(
                        new FailureDescription(name, name, FailureDescription.Kind.TEST, null),
                        Evidence.of(unchecked(name), image())
                                .run("run of " + name)
                                .build());
    }

    private Evidence.Builder evidence() {
        return Evidence.of(unchecked("disk"), image());
    }

    private Evidence.Image image() {
        return new Evidence.Image("debian", "abc123", Path.of("/images/debian.raw"));
    }

    private FailureDescription description(Throwable exception) {
        return new FailureDescription(
                "[engine:junit-jupiter]/[class:AgentTests]",
                "AgentTests.survives()",
                FailureDescription.Kind.TEST,
                exception);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(scratch.resolve(name), content);
    }

    private Path unchecked(String name) {
        try {
            return file(name + ".overlay", "disk");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
