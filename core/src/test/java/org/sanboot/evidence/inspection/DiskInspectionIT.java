package org.sanboot.evidence.inspection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

@Tag("boot")
class DiskInspectionIT {

    private static final long MIB = 1 << 20;

    @TempDir
    static Path directory;

    private static Path golden;
    private static Path overlay;

    @BeforeAll
    static void makeDisks() throws Exception {
        GuestDisks disks = GuestDisks.make(directory);
        golden = disks.golden();
        overlay = disks.overlay();
    }

    @Test
    void files_are_listed_and_read_from_ext4_and_from_ntfs() throws IOException {
        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), directory)) {
            assertThat(inspection.volumes()).hasToString("[partition 1 (ext4), partition 2 (ntfs), partition 3]");
            Volume linux = inspection.volume(Optional.empty());
            assertThat(linux.number()).isEqualTo(1);
            assertThat(linux.list("/etc"))
                    .extracting(Entry::path)
                    .containsExactly("/etc/added", "/etc/conf.d", "/etc/hostname", "/etc/journaled");
            assertThat(linux.list("/")).extracting(Entry::path).contains("/etc", "/link", "/lost+found");
            assertThat(content(linux, "/etc/added")).isEqualTo("written by the guest\n");
            assertThat(content(linux, "/link")).isEqualTo("gol");

            Volume windows = inspection.volume(Optional.of(2));
            assertThat(windows.list("C:\\")).extracting(Entry::path).containsExactly("/added.txt");
            assertThat(content(windows, "c:\\ADDED.TXT")).isEqualTo("written by the guest\n");
        }
    }

    @Test
    void what_is_only_in_the_journal_is_seen() throws IOException {
        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), directory)) {
            assertThat(content(inspection.volume(Optional.of(1)), "/etc/journaled"))
                    .isEqualTo("new");
        }
    }

    @Test
    void a_host_without_fuse_sees_the_same() throws IOException {
        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), directory, Tools.PATIENT, false)) {
            assertThat(content(inspection.volume(Optional.of(1)), "/etc/journaled"))
                    .isEqualTo("new");
            assertThat(content(inspection.volume(Optional.of(2)), "/added.txt")).isEqualTo("written by the guest\n");
        }
    }

    @Test
    void a_comparison_shows_what_was_added_changed_and_deleted() {
        DiskChain chain = DiskChain.of(overlay);
        try (var now = DiskInspection.open(chain.disk(), directory);
                var before = DiskInspection.open(chain.golden(golden), directory)) {
            assertThat(Change.between(before.volume(Optional.of(1)), now.volume(Optional.of(1))))
                    .extracting(change -> change.kind() + " " + change.entry().path())
                    .containsExactly("ADDED /etc/added", "DELETED /etc/gone", "MODIFIED /etc/hostname");
            assertThat(Change.between(before.volume(Optional.of(2)), now.volume(Optional.of(2))))
                    .extracting(change -> change.kind() + " " + change.entry().path())
                    .containsExactly("ADDED /added.txt");
        }
        assertThat(chain.changedRuns(chain.golden(golden)))
                .allSatisfy(run -> assertThat(run.offset()).isBetween(MIB, 97 * MIB));
    }

    @Test
    void neither_the_disk_nor_its_image_is_changed_and_nothing_stays_behind() throws IOException {
        byte[] disk = Files.readAllBytes(overlay);
        byte[] image = Files.readAllBytes(golden);
        Path scratch = Files.createDirectory(directory.resolve("scratch"));

        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), scratch)) {
            inspection.volume(Optional.of(1)).walk();
        }

        assertThat(overlay).hasBinaryContent(disk);
        assertThat(golden).hasBinaryContent(image);
        assertThat(scratch).isEmptyDirectory();
        assertThat(Path.of("/proc/mounts")).content().doesNotContain(scratch.toString());
    }

    @Test
    void a_dead_export_is_unmounted_and_removed_all_the_same() throws Exception {
        assumeThat(Files.isWritable(Path.of("/dev/fuse")) && PartitionView.mayUseFuse())
                .as("FUSE, and a list of mounts in /etc/mtab")
                .isTrue();
        Path scratch = Files.createDirectory(directory.resolve("dead export"));

        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), scratch)) {
            inspection.volume(Optional.of(1)).walk();
            assertThat(mounts()).contains("dead\\040export");
            ProcessHandle daemon = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("qemu-storage-daemon"))
                    .findFirst()
                    .orElseThrow();
            daemon.destroyForcibly();
            daemon.onExit().get(10, TimeUnit.SECONDS);
        }

        assertThat(mounts()).doesNotContain("dead\\040export");
        assertThat(scratch).isEmptyDirectory();
    }

    private static String mounts() throws IOException {
        return Files.readString(Path.of("/proc/mounts"));
    }

    @Test
    void what_cannot_be_done_is_said_in_a_sentence() {
        try (var inspection = DiskInspection.open(DiskChain.of(overlay).disk(), directory)) {
            Volume linux = inspection.volume(Optional.of(1));
            assertThatThrownBy(() -> linux.list("/nowhere"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("There is no /nowhere on partition 1 (ext4).");
            assertThatThrownBy(() -> content(linux, "/etc")).hasMessage("/etc is a directory.");
            assertThatThrownBy(() -> inspection.volume(Optional.of(3)).list("/"))
                    .hasMessageContaining("partition 3 cannot be read here; guestfish may know it");
            assertThatThrownBy(() -> inspection.volume(Optional.of(9))).hasMessageContaining("There is no partition 9");
        }
        assertThatThrownBy(() -> DiskChain.of(directory.resolve("none"))).hasMessageContaining("is missing");
    }

    private static String content(Volume volume, String path) {
        var content = new ByteArrayOutputStream();
        volume.copy(path, content);
        return content.toString(StandardCharsets.UTF_8);
    }
}
