package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/**
 * A machine that is made for Windows. What boots on it is the small Linux, with the boot manager's name and with programs of
 * the names by which a Windows is asked: no Windows is at hand.
 */
@Tag("boot")
class WindowsHostIT {

    private static final String STAND_IN = "windows";

    @TempDir
    private Path directory;

    private Lab lab;
    private Path standIn;

    @BeforeEach
    void open() throws Exception {
        Path home = TestHome.withTinyGuest(directory.resolve("home"));
        TestHome.require(Programs.find("swtpm").isPresent(), "swtpm is missing; apt-get install swtpm");
        GoldenImage tiny = new ImageCatalogue(home).find(TestHome.TINY);
        new ImageCatalogue(home)
                .add(
                        new ImageImport(
                                standIn(tiny.disk()),
                                STAND_IN,
                                GuestFamily.WINDOWS,
                                EnumSet.of(Firmware.UEFI),
                                tiny.nicModel(),
                                tiny.credentials()),
                        Progress.NONE);
        lab = Lab.open(new LabConfiguration(home, 1));
    }

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void it_starts_the_boot_manager_by_its_name_and_has_a_tablet_a_tpm_and_no_gateway() {
        BootedHost host = lab.boot(request().tpm(true).build()).host();

        assertThat(host.run("ls /sys/firmware/acpi/tables/TPM2")).succeeded();
        assertThat(host.run("cat /sys/bus/pci/devices/0000:00:05.0/class"))
                .as("the USB controller that the tablet is on")
                .hasOutput("0x0c0330");
        assertThat(host.run("cat /sys/firmware/ibft/ethernet0/ip-addr")).hasOutput("10.0.2.15");
        assertThat(host.run("cat /sys/firmware/ibft/ethernet0/gateway")).failed();
        assertThat(host.stages()).containsKeys(BootStage.OPERATING_SYSTEM_LOGIN, BootStage.GUEST_READY);

        host.power().shutdown();
        assertThat(host.power().isOn()).isFalse();
        host.power().on();
        host.awaitReady();
        assertThat(host.run("cat /root/asked")).outputContains("shutdown /s /f /t 0");
    }

    @Test
    void a_boot_that_never_gets_to_its_operating_system_is_explained_as_0x7b() throws Exception {
        Path blank = directory.resolve("blank.raw");
        Files.copy(standIn, blank);
        // Its boot loader is read and finds no kernel: from outside, what a Windows does that loses its disk.
        run("mdel", "-i", blank + "@@1M", "::/vmlinuz");

        assertThatExceptionOfType(BootFailedException.class)
                .isThrownBy(() -> boot(blank, "stopping"))
                .withMessageContaining("STOP 0x7B (INACCESSIBLE_BOOT_DEVICE)")
                .withMessageContaining("sanboot windows check stopping");
    }

    @Test
    void a_stop_code_on_the_screen_is_read_and_ends_the_boot() throws Exception {
        TestHome.require(Programs.find("tesseract").isPresent(), "tesseract is missing; apt-get install tesseract-ocr");
        Path blank = directory.resolve("blank.raw");
        Files.copy(standIn, blank);
        Path words = Files.writeString(
                directory.resolve("words.cfg"), "echo 'Stop code: DRIVER_POWER_STATE_FAILURE'\nsleep 3600\n");
        Path loader = directory.resolve("stops.efi");
        run("grub-mkimage", "-O", "x86_64-efi", "-o", loader, "-c", words, "-p", "/", "echo", "sleep");
        run("mcopy", "-o", "-i", blank + "@@1M", loader, "::/EFI/Microsoft/Boot/bootmgfw.efi");

        assertThatExceptionOfType(BootFailedException.class)
                .isThrownBy(() -> boot(blank, "stopping"))
                .withMessageContaining("then the screen shows a Windows stop screen (0x9F DRIVER_POWER_STATE_FAILURE)")
                .withMessageNotContaining("as a rule STOP 0x7B");
    }

    @Test
    void a_disk_without_the_boot_manager_is_explained_as_such() throws Exception {
        Path blank = directory.resolve("blank.raw");
        Files.copy(standIn, blank);
        run("mdel", "-i", blank + "@@1M", "::/EFI/Microsoft/Boot/bootmgfw.efi");

        assertThatExceptionOfType(BootFailedException.class)
                .isThrownBy(() -> boot(blank, "headless"))
                .withMessageContaining(
                        "has the disk \\EFI\\Microsoft\\Boot\\bootmgfw.efi, or was it installed by BIOS");
    }

    private void boot(Path disk, String name) {
        ImageCatalogue catalogue = new ImageCatalogue(directory.resolve("home"));
        GoldenImage tiny = catalogue.find(TestHome.TINY);
        catalogue.add(
                new ImageImport(
                        disk,
                        name,
                        GuestFamily.WINDOWS,
                        EnumSet.of(Firmware.UEFI),
                        tiny.nicModel(),
                        tiny.credentials()),
                Progress.NONE);
        lab.boot(HostRequest.of(name)
                .memoryMebibytes(256)
                .readyTimeout(Duration.ofSeconds(90))
                .purpose("WindowsHostIT")
                .build());
    }

    private static HostRequest.Builder request() {
        return HostRequest.of(STAND_IN)
                .memoryMebibytes(384)
                .readyTimeout(Duration.ofMinutes(5))
                .purpose("WindowsHostIT");
    }

    /** Its first partition is the EFI system partition, its second the root file system. */
    private Path standIn(Path tiny) throws Exception {
        standIn = directory.resolve("windows.raw");
        Files.copy(tiny, standIn);
        assertThat(standIn.toFile().setWritable(true)).isTrue();
        String esp = standIn + "@@1M";
        Path loader = directory.resolve("loader.efi");
        run("mcopy", "-i", esp, "::/EFI/BOOT/BOOTX64.EFI", loader.toString());
        run("mmd", "-i", esp, "::/EFI/Microsoft", "::/EFI/Microsoft/Boot");
        run("mcopy", "-i", esp, loader.toString(), "::/EFI/Microsoft/Boot/bootmgfw.efi");
        run("mdel", "-i", esp, "::/EFI/BOOT/BOOTX64.EFI");
        Path script = Files.writeString(directory.resolve("script"), """
                #!/bin/sh
                echo "${0##*/} $*" >> /root/asked
                case "$0" in *shutdown) sync; poweroff;; esac
                """);
        for (String name : List.of("reg", "shutdown")) {
            run(
                    "debugfs",
                    "-w",
                    "-R",
                    "write %s /usr/bin/%s".formatted(script, name),
                    standIn + "?offset=" + 67584 * 512);
            run(
                    "debugfs",
                    "-w",
                    "-R",
                    "set_inode_field /usr/bin/%s mode 0100755".formatted(name),
                    standIn + "?offset=" + 67584 * 512);
        }
        return standIn;
    }

    private static void run(Object... command) throws IOException, InterruptedException {
        List<String> words =
                new ArrayList<>(Stream.of(command).map(Object::toString).toList());
        words.set(
                0,
                Programs.require(words.get(0), "mtools e2fsprogs grub-common grub-efi-amd64-bin", "change the guest")
                        .toString());
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as("%s: %s", words, output).isZero();
    }
}
