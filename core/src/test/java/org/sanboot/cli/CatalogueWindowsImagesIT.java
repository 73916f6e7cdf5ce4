package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.SanbootException;
import org.sanboot.boot.Firmware;
import org.sanboot.cli.windows.WindowsCommand;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.windows.Tools;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.WindowsImage.Table;
import picocli.CommandLine;

/** What {@code check} and {@code prepare} do with a real catalogue. */
@Tag("boot")
class CatalogueWindowsImagesIT {

    @TempDir
    private Path directory;

    record Result(int exit, String output) {}

    @Test
    void an_image_is_prepared_once_however_often_it_is_asked_for() {
        importImage(directory, "w7");

        Result first = run("prepare", "w7");
        Result second = run("prepare", "w7");

        assertThat(first.output()).endsWith("Sealed as w7-prepared; the version before it is as it was.\n");
        assertThat(second.output()).endsWith("w7-prepared was prepared so before; no other was made.\n");
        assertThat(List.of(first.exit(), second.exit())).containsOnly(0);
        assertThat(new ImageCatalogue(directory).names()).containsExactly("w7", "w7-prepared");
        assertThat(run("check", "w7-prepared").output()).contains("ms_pacer) optional; Start 0, loaded at boot");
        assertThat(run("prepare", "w7-prepared").output()).endsWith("Nothing is left to do.\n");
    }

    @Test
    void other_switches_make_another_version_and_the_first_is_found_again() {
        importImage(directory, "w7");
        run("prepare", "w7");

        assertThat(run("prepare", "w7", "--with", "msiscsi-automatic", "--json").output())
                .contains("\"version\" : \"w7-prepared-2\"");
        assertThat(run("prepare", "w7", "--json").output()).contains("\"version\" : \"w7-prepared\"");
        new ImageCatalogue(directory).remove("w7-prepared");
        assertThat(run("prepare", "w7").output())
                .endsWith("Sealed as w7-prepared; the version before it is as it was.\n");
    }

    @Test
    void two_who_prepare_at_once_get_the_same_version() throws Exception {
        importImage(directory, "w7");
        CyclicBarrier start = new CyclicBarrier(2);
        ExecutorService both = Executors.newFixedThreadPool(2);
        List<Future<Result>> results = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            results.add(both.submit(() -> {
                start.await();
                return run("prepare", "w7");
            }));
        }
        both.shutdown();

        for (Future<Result> result : results) {
            assertThat(result.get(2, TimeUnit.MINUTES).exit())
                    .as(result.get().output())
                    .isZero();
        }
        assertThat(new ImageCatalogue(directory).names()).containsExactly("w7", "w7-prepared");
    }

    @Test
    void a_file_in_the_working_directory_does_not_hide_an_image_of_its_name() throws Exception {
        String name = "w7-" + System.nanoTime();
        importImage(directory, name);
        Path file = Files.write(Path.of(name), new byte[1 << 20]);
        try {
            assertThat(run("prepare", "--dry-run", name).exit()).isZero();
            assertThat(run("check", name).output()).contains("Windows 7 Enterprise");
            assertThat(run("check", "./" + name).output()).startsWith("There is no Windows on this disk");
        } finally {
            Files.delete(file);
        }
    }

    @ParameterizedTest
    @CsvSource({"vmdk, VMDK", "vhdx, VHDX", "vdi, VDI", "vpc, VHD", "parallels, Parallels"})
    void a_disk_of_another_hypervisor_is_named_with_the_way_to_convert_it(String format, String name) {
        Tools.require("qemu-img");
        Path disk = directory.resolve("disk");
        Tools.run("qemu-img", "create", "-q", "-f", format, disk, "8M");

        assertThat(run("check", disk.toString()).output())
                .isEqualTo(
                        "%1$s is a %2$s disk, and only raw and qcow2 disks are read; convert it: qemu-img convert -O qcow2 %1$s %1$s.qcow2%n"
                                .formatted(disk, name));
    }

    /** Imports a disk that lies in a qcow2 file. */
    static void importImage(Path home, String name) {
        Tools.require("qemu-img");
        Path raw = WindowsImage.in(home).windows7().disk(Table.GPT);
        Path qcow2 = home.resolve("disk.qcow2");
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, qcow2);
        new ImageCatalogue(home)
                .add(
                        new ImageImport(qcow2, name, GuestFamily.WINDOWS, EnumSet.of(Firmware.BIOS), "e1000", null),
                        Progress.NONE);
    }

    private Result run(String... arguments) {
        return run(directory, arguments);
    }

    static Result run(Path home, String... arguments) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output, true);
        CatalogueWindowsImages images = new CatalogueWindowsImages(new LabConfiguration(home, 1));
        CommandLine command = WindowsCommand.commandLine(images, images, images)
                .setOut(writer)
                .setErr(writer);
        command.setExecutionExceptionHandler((error, line, parsed) -> {
            if (!(error instanceof SanbootException)) {
                throw error;
            }
            writer.println(error.getMessage());
            return 1;
        });
        return new Result(command.execute(arguments), output.toString());
    }
}
