package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.process.Run;
import org.sanboot.windows.Tools;
import org.sanboot.windows.setup.disc.Disc;

@Tag("boot")
class SetupDiscIT {

    @TempDir
    private Path directory;

    private final List<String> steps = new ArrayList<>();

    @Test
    void the_disc_starts_by_both_firmwares_and_has_what_was_added() {
        Path image = make(Samples.options(directory).get("windows10"));

        String structure = text(Tools.run("isoinfo", "-d", "-i", image));
        assertThat(structure).contains("Eltorito validation header", "Nsect 8", "Volume id: SANBOOT");
        try (Disc disc = Disc.open(image)) {
            assertThat(disc.list(disc.find("").orElseThrow()))
                    .extracting(file -> file.name())
                    .contains("bootmgr", "bootmgr.efi", "boot", "efi", "sources", "sanboot")
                    .doesNotContain("README.TXT", "readme.txt");
            assertThat(disc.find("boot/bootfix.bin")).isEmpty();
            assertThat(content(disc, "sanboot/unattend.xml"))
                    .isEqualTo(GoldenFilesTest.golden("windows10/unattend.xml").orElseThrow());
            assertThat(content(disc, "sanboot/system/administrators_authorized_keys"))
                    .isEqualTo(Samples.SSH_KEY + "\n");
            assertThat(content(disc, "sanboot/system/sysprep.xml"))
                    .isEqualTo(GoldenFilesTest.golden("sysprep.xml").orElseThrow());
            assertThat(content(disc, "sanboot/system/openssh.msi")).isEqualTo("an installer");
        }
        assertThat(steps).hasSize(3);
    }

    @Test
    void both_images_of_boot_wim_get_the_driver_and_the_script_and_are_sound() {
        make(Samples.options(directory).get("windows10"));

        Path wim = directory.resolve("setup/disc/sources/boot.wim");
        Tools.run("wimlib-imagex", "verify", wim);
        for (int image = 1; image <= 2; image++) {
            assertThat(text(Tools.run("wimlib-imagex", "dir", wim, image)).lines())
                    .containsExactlyInAnyOrder(
                            "/",
                            "/WINDOWS",
                            "/WINDOWS/system32",
                            "/WINDOWS/system32/startnet.cmd",
                            "/WINDOWS/system32/winpeshl.exe",
                            "/WINDOWS/system32/winpeshl.ini",
                            "/sanboot",
                            "/sanboot/drivers",
                            "/sanboot/drivers/1",
                            "/sanboot/drivers/1/netkvm.inf",
                            "/sanboot/drivers/1/netkvm.sys");
            assertThat(text(Tools.run(
                                    "wimlib-imagex",
                                    "extract",
                                    wim,
                                    image,
                                    "/WINDOWS/system32/startnet.cmd",
                                    "--to-stdout"))
                            .replace("\r\n", "\n"))
                    .isEqualTo(GoldenFilesTest.golden("windows10/startnet.cmd").orElseThrow());
        }
    }

    @Test
    void the_names_of_folders_with_drivers_do_not_get_into_boot_wim() {
        Samples.requireUnicodeNames();
        make(Samples.of(Samples.SERVER_2025)
                .drivers(List.of(Samples.virtioDriver(directory, "Treiber f\u00fcr 100% Windows")))
                .build());

        assertThat(text(Tools.run("wimlib-imagex", "dir", directory.resolve("setup/disc/sources/boot.wim"), 1))
                        .lines())
                .contains("/sanboot/drivers/1/netkvm.inf", "/sanboot/drivers/1/netkvm.sys")
                .noneMatch(line -> line.contains("Treiber"));
    }

    @Test
    void a_zip_of_openssh_is_unpacked_and_nothing_leaves_its_folder() throws Exception {
        make(Samples.of(Samples.SERVER_2019)
                .openSsh(OpenSsh.of(WindowsMedium.openSsh(directory)))
                .build());

        Path system = directory.resolve("setup/disc/sanboot/system");
        assertThat(system.resolve("OpenSSH/install-sshd.ps1")).isRegularFile();
        assertThat(system.resolve("OpenSSH/sshd.exe")).isRegularFile();
        assertThat(system.resolve("outside.txt")).doesNotExist();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("setup"))))
                .isEqualTo("rwx------");
    }

    @Test
    void a_medium_that_does_not_start_by_the_firmware_is_refused() {
        Path iso = WindowsMedium.in(directory)
                .edition(Samples.SERVER_2025)
                .without("efi/microsoft/boot/efisys_noprompt.bin")
                .iso();
        SetupOptions options =
                Samples.of(Samples.SERVER_2025).firmware(Firmware.UEFI).build();

        assertThatThrownBy(() -> make(iso, options))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(iso + " does not start by UEFI: it has no efi/microsoft/boot/efisys_noprompt.bin.");
        assertThatThrownBy(() -> make(iso, options)).hasMessageContaining("is not empty");
    }

    private Path make(SetupOptions options) {
        Samples.write(directory.resolve("OpenSSH-Win64.msi"), "an installer");
        return make(WindowsMedium.in(directory).edition(options.edition()).iso(), options);
    }

    private Path make(Path iso, SetupOptions options) {
        try (Run run = Run.open(directory.resolve("runs"));
                InstallationMedium medium = InstallationMedium.open(iso)) {
            return SetupDisc.make(medium, options, directory.resolve("setup"), run, steps::add);
        }
    }

    private static String content(Disc disc, String path) {
        var file = disc.find(path).orElseThrow();
        int size = (int) file.size();
        return text(file.read(path, 0, size).bytes(0, size));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
