package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.Tools;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.structure.MemoryMedium;

/** What ntfs-3g says of the same volume; it mounts one only when its log is clean. */
@Tag("boot")
class UncleanVolumeIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 2, CLEAN, 0",
        "1, 1, 0, 0, UNCLEAN, 15",
        "1, 1, 0xffff, 0, CLEAN, 0",
        // ntfs-3g takes no log of version 2.0, whatever it says; Windows keeps one when it is told not to go back to
        // 1.1.
        "2, 0, 0, 2, CLEAN, 14",
        "2, 0, 0, 0, UNCLEAN, 14",
    })
    void an_unclean_log_is_seen_where_ntfs_3g_sees_one(
            int major, int minor, String inUse, int flags, LogState expected, int exitCode) throws IOException {
        byte[] page = new RestartPages()
                .version(major, minor)
                .inUse(Integer.decode(inUse))
                .flags(flags)
                .page();
        Path volume = volume();

        LogState state = write(volume, RestartPages.log(page, page));

        assertThat(NtfsVolume.open(new MemoryMedium(Files.readAllBytes(volume))).isDirty())
                .isFalse();
        assertThat(state).isEqualTo(expected);
        assertThat(probe(volume)).isEqualTo(exitCode);
    }

    @Test
    void an_empty_log_is_clean_to_both() throws IOException {
        Path volume = volume();

        assertThat(NtfsVolume.open(new MemoryMedium(Files.readAllBytes(volume))).logState())
                .isEqualTo(LogState.CLEAN);
        assertThat(probe(volume)).isZero();
    }

    @Test
    void ntfsfix_makes_an_unclean_volume_one_that_has_nothing_left_to_replay() throws IOException {
        byte[] page = new RestartPages().page();
        Path volume = volume();
        write(volume, RestartPages.log(page, page));

        Tools.require("ntfsfix");
        Tools.run("ntfsfix", volume);

        NtfsVolume repaired = NtfsVolume.open(new MemoryMedium(Files.readAllBytes(volume)));
        assertThat(repaired.logState()).isEqualTo(LogState.CLEAN);
        assertThat(repaired.isDirty()).isTrue();
    }

    private Path volume() {
        return WindowsImage.in(directory).file("readme", new byte[10]).volume();
    }

    private static LogState write(Path file, byte[] log) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        NtfsFile old = NtfsVolume.open(new MemoryMedium(bytes))
                .find(List.of("$LogFile"))
                .orElseThrow();
        old.write(0, ByteBuffer.wrap(Arrays.copyOf(log, (int) Math.min(log.length, old.size()))));
        Files.write(file, bytes);
        return NtfsVolume.open(new MemoryMedium(bytes)).logState();
    }

    private static int probe(Path volume) throws IOException {
        Tools.require("ntfs-3g.probe");
        return Tools.exitCode("ntfs-3g.probe", "--readwrite", volume);
    }
}
