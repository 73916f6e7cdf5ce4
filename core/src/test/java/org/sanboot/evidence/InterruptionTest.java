package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptionTest {

    /** What a process of another boot of this host sees: all that ran before is dead. */
    private static final Keeper.Processes AFTERWARDS = afterwards();

    @TempDir
    Path home;

    private FailureStore store;
    private Path machine;

    @BeforeEach
    void prepareMachine() throws IOException {
        store = FailureStore.at(home);
        machine = Files.createDirectories(home.resolve("runs/r/host-1"));
        Files.writeString(machine.resolve("disk.qcow2"), "disk");
        Files.writeString(machine.resolve("console-times.log"), "booting\n");
    }

    @Test
    void a_prepared_machine_is_kept_by_one_rename_and_is_listed_at_once() throws IOException {
        store.prepare(running(), evidence().build());

        Failure kept = endOfRun().orElseThrow();

        assertThat(machine).doesNotExist();
        assertThat(kept.disk()).hasContent("disk");
        assertThat(kept.interrupted()).isTrue();
        assertThat(store.list()).containsExactly(kept);
        assertThat(store.find(kept.id())).isEqualTo(kept);
        assertThat(kept.manifest().test().kind()).isEqualTo(FailureDescription.Kind.INTERRUPTED);
        assertThat(kept.manifest().test().displayName()).isEqualTo("AgentTests.survives()");
        assertThat(kept.imageName()).isEqualTo("debian");
        assertThat(kept.manifest().remarks()).anyMatch(remark -> remark.startsWith("The run was ended"));
    }

    @Test
    void it_is_described_by_the_next_user_of_the_store_once_its_process_is_gone() throws IOException {
        store.prepare(running(), evidence().build());
        Failure kept = endOfRun().orElseThrow();

        assertThat(store.list()).containsExactly(kept);
        assertThat(kept.report()).as("its process still runs").doesNotExist();

        assertThat(store.withProcesses(AFTERWARDS).list()).containsExactly(kept);
        assertThat(kept.report()).content().contains("Interrupted").contains("booting");
        assertThat(kept.directory().resolve("console.log")).hasContent("booting\n");
        assertThat(kept.manifest().files()).extracting(Manifest.KeptFile::name).containsExactly("console.log");

        String before = manifestOf(kept);
        store.withProcesses(AFTERWARDS).list();
        assertThat(manifestOf(kept)).isEqualTo(before);
    }

    @Test
    void what_is_known_by_the_time_of_the_end_is_what_is_said() throws IOException {
        store.prepare(running(), evidence().build());
        store.prepare(
                new FailureDescription(
                        "id", "AgentTests.survives()", FailureDescription.Kind.TEST, new AssertionError("no agent")),
                evidence().build());

        Failure kept = endOfRun().orElseThrow();

        assertThat(kept.manifest().test().kind()).isEqualTo(FailureDescription.Kind.TEST);
        assertThat(kept.manifest().exception().message()).isEqualTo("no agent");
        assertThat(kept.interrupted()).isTrue();
    }

    @Test
    void what_was_withdrawn_or_never_prepared_or_has_no_disk_is_not_kept() throws IOException {
        assertThat(endOfRun()).isEmpty();
        store.withdraw(machine);
        store.withdraw(home.resolve("nowhere"));

        store.prepare(running(), evidence().build());
        store.withdraw(machine);
        assertThat(endOfRun()).isEmpty();

        store.prepare(running(), evidence().build());
        Files.delete(machine.resolve("disk.qcow2"));
        assertThat(endOfRun()).isEmpty();
        assertThat(machine).exists();
    }

    @Test
    void the_image_is_protected_from_the_preparation_until_the_failure_is_gone_or_the_test_has_passed()
            throws IOException {
        Set<Path> protectedDisks = new LinkedHashSet<>();
        FailureStore told = store.withBackingReference(new BackingReference() {
            @Override
            public void retain(String image, Path disk) {
                protectedDisks.add(disk);
            }

            @Override
            public void release(String image, Path disk) {
                protectedDisks.remove(disk);
            }
        });
        Path disk = machine.resolve("disk.qcow2");

        told.prepare(running(), evidence().build());
        told.prepare(running(), evidence().build());
        assertThat(protectedDisks).hasSize(2).contains(disk);
        told.withdraw(machine);
        assertThat(protectedDisks).isEmpty();

        told.prepare(running(), evidence().build());
        Failure kept = endOfRun().orElseThrow();
        assertThat(protectedDisks).contains(disk, kept.disk());
        told.withProcesses(AFTERWARDS).list();
        assertThat(protectedDisks).containsExactly(kept.disk());
        told.delete(kept);
        assertThat(protectedDisks).isEmpty();
    }

    @Test
    void what_it_is_to_be_called_stays_while_more_becomes_known() throws IOException {
        store.prepare(running(), evidence().build());
        String first = ManifestFile.read(machine).id();
        store.prepare(running(), evidence().build());

        assertThat(ManifestFile.read(machine).id()).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(machine)))
                .isEqualTo("rwx------");
    }

    @Test
    void a_disk_of_another_name_cannot_be_prepared() throws IOException {
        Path other = Files.writeString(machine.resolve("other.qcow2"), "disk");

        assertThatThrownBy(() ->
                        store.prepare(running(), Evidence.of(other, image()).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other.qcow2");
    }

    /** Does what the run's end does, but for ending processes: {@code RunIT} shows that. */
    private Optional<Failure> endOfRun() throws IOException {
        Path mark = machine.resolve(".rescue");
        if (Files.notExists(mark)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(mark);
        if (Files.notExists(machine.resolve(lines.get(1)))) {
            return Optional.empty();
        }
        Path place = Path.of(lines.get(0));
        Files.createDirectories(place.getParent());
        Files.move(machine, place);
        return Optional.of(Failure.in(place));
    }

    private static String manifestOf(Failure failure) {
        try {
            return Files.readString(failure.directory().resolve("manifest.json"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Evidence.Builder evidence() {
        return Evidence.of(machine.resolve("disk.qcow2"), image())
                .run("r")
                .host("host")
                .text("console.log", machine.resolve("console-times.log"));
    }

    private static Evidence.Image image() {
        return new Evidence.Image("debian", "abc123", Path.of("/images/debian.raw"));
    }

    private static FailureDescription running() {
        return new FailureDescription("id", "AgentTests.survives()", FailureDescription.Kind.INTERRUPTED, null);
    }

    private static Keeper.Processes afterwards() {
        try {
            return new KeeperTest.Fake(Keeper.PROC.host(), "another boot", Keeper.PROC.namespace(), Map.of());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
