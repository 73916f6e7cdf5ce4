package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.windows.DriverService.File;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.structure.MemoryMedium;

@Tag("boot")
class DriverFilesIT {

    @TempDir
    private Path directory;

    /** All the ways in which Windows 7 and 10 write it. */
    @Test
    void a_driver_s_file_is_found_wherever_its_image_path_says() throws Exception {
        Path volume = WindowsImage.in(directory)
                .file("Windows/System32/drivers/one.sys", new byte[10])
                .file("Windows/System32/drivers/empty.sys", new byte[0])
                .file("Program Files/Two/two.sys", new byte[10])
                .volume();
        DriverFiles files = DriverFiles.on(NtfsVolume.open(new MemoryMedium(Files.readAllBytes(volume))), "\\Windows");

        assertThat(files.find("one", Optional.empty())).isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("system32\\DRIVERS\\ONE.sys"))).isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("\\SystemRoot\\System32\\drivers\\one.sys")))
                .isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("%SystemRoot%\\System32\\drivers\\one.sys")))
                .isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("\\??\\C:\\Windows\\System32\\drivers\\one.sys")))
                .isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("C:\\Program Files\\Two\\two.sys")))
                .isEqualTo(File.PRESENT);
        assertThat(files.find("x", Optional.of("\\??\\D:\\Program Files\\Two\\two.sys")))
                .isEqualTo(File.NOT_EXAMINED);
        assertThat(files.find("empty", Optional.empty())).isEqualTo(File.ABSENT);
        assertThat(files.find("two", Optional.of(" "))).isEqualTo(File.ABSENT);
        assertThat(files.find("x", Optional.of("\\"))).isEqualTo(File.ABSENT);
    }
}
