package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void a_prepared_machine_is_kept_by_one_rename_and_is_listed_at_once() {
        store.prepare(running(), evidence().build());

        Failure kept = FailureStore.at(home).keepInterrupted(machine).orElseThrow();

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
    void it_is_described_by_the_next_user_of_the_store_once_its_process_is_gone() {
        store.prepare(running(), evidence().build());
        Failure kept = store.keepInterrupted(machine).orElseThrow();

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
    void what_is_known_by_the_time_of_the_end_is_what_is_said() {
        store.prepare(running(), evidence().build());
        store.prepare(
                new FailureDescription(
                        "id", "AgentTests.survives()", FailureDescription.Kind.TEST, new AssertionError("no agent")),
                evidence().build());

        Failure kept = store.keepInterrupted(machine).orElseThrow();

        assertThat(kept.manifest().test().kind()).isEqualTo(FailureDescription.Kind.TEST);
        assertThat(kept.manifest().exception().message()).isEqualTo("no agent");
        assertThat(kept.interrupted()).isTrue();
    }

    @Test
    void what_was_withdrawn_or_never_prepared_or_has_no_disk_is_not_kept() throws IOException {
        assertThat(store.keepInterrupted(machine)).isEmpty();
        assertThat(store.keepInterrupted(home.resolve("nowhere"))).isEmpty();

        store.prepare(running(), evidence().build());
        store.withdraw(machine);
        assertThat(store.keepInterrupted(machine)).isEmpty();

        store.prepare(running(), evidence().build());
        Files.delete(machine.resolve("disk.qcow2"));
        assertThat(store.keepInterrupted(machine)).isEmpty();
        assertThat(machine).exists();
    }

    @Test
    void sealing_takes_permissions_to_write_and_gives_none() throws IOException {
        Path disk = machine.resolve("disk.qcow2");
        Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-------"));
        store.prepare(running(), evidence().build());

        Failure kept = store.keepInterrupted(machine).orElseThrow();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept.disk())))
                .isEqualTo("r--------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept.directory())))
                .isEqualTo("rwx------");
    }

    @Test
    void the_image_is_held_until_the_reference_to_the_kept_disk_is_there() {
        List<String> told = new ArrayList<>();
        FailureStore told2 = store.withBackingReference(new BackingReference() {
            @Override
            public void retain(String image, Path disk) {
                told.add("retain " + Files.exists(disk));
            }

            @Override
            public Hold hold(String image) {
                told.add("hold " + image);
                return () -> told.add("release");
            }
        });
        told2.prepare(running(), evidence().build());
        told2.keepInterrupted(machine);

        assertThat(told).containsExactly("retain true", "hold debian", "retain true", "release");
    }

    @Test
    void a_failure_of_that_name_is_not_replaced() throws IOException {
        store.prepare(running(), evidence().build());
        Path taken = Files.createDirectories(
                store.directory().resolve(ManifestFile.read(machine).id()));
        Files.writeString(taken.resolve("disk.qcow2"), "another one's");

        Failure kept = store.keepInterrupted(machine).orElseThrow();

        assertThat(taken.resolve("disk.qcow2")).hasContent("another one's");
        assertThat(kept.disk()).hasContent("disk");
    }

    @Test
    void a_disk_of_another_name_cannot_be_prepared() throws IOException {
        Path other = Files.writeString(machine.resolve("other.qcow2"), "disk");

        assertThatThrownBy(() ->
                        store.prepare(running(), Evidence.of(other, image()).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other.qcow2");
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
