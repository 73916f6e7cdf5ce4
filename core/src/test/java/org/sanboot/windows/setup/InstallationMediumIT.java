package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;

@Tag("boot")
class InstallationMediumIT {

    private static final WindowsEdition BILINGUAL = new WindowsEdition(
            1,
            "Windows 10 Home",
            "Windows 10 Home",
            "Core",
            false,
            WindowsEdition.AMD64,
            10,
            0,
            19041,
            List.of("de-DE", "en-US"),
            "de-DE");
    private static final WindowsEdition PRO = new WindowsEdition(
            2,
            "Windows 10 Pro",
            "Windows 10 Pro",
            "Professional",
            false,
            WindowsEdition.AMD64,
            10,
            0,
            19041,
            List.of("de-DE"),
            "de-DE");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"-udf", "-J", "-relaxed-filenames", "-udf -J"})
    void editions_are_read_from_every_kind_of_disc(String options) {
        Path iso = WindowsMedium.in(directory)
                .edition(BILINGUAL)
                .edition(PRO)
                .format(options.split(" "))
                .iso();

        try (InstallationMedium medium = InstallationMedium.open(iso)) {
            assertThat(medium.editions()).containsExactly(BILINGUAL, PRO);
            assertThat(medium.bootImages()).containsExactly(1, 2);
            assertThat(medium.edition("2")).isEqualTo(PRO);
            assertThat(medium.edition("windows 10 pro")).isEqualTo(PRO);
            assertThat(medium.edition("Core")).isEqualTo(BILINGUAL);
        }
    }

    @Test
    void an_edition_that_is_not_there_is_answered_with_those_that_are() {
        Path iso = WindowsMedium.in(directory).edition(BILINGUAL).edition(PRO).iso();

        try (InstallationMedium medium = InstallationMedium.open(iso)) {
            assertThatThrownBy(() -> medium.edition("Enterprise"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("There is no edition Enterprise; windows.iso has these")
                    .hasMessageContaining(" 1  Windows 10 Home (Core, build 19041, de-DE, en-US)")
                    .hasMessageContaining(" 2  Windows 10 Pro (Professional, build 19041, de-DE)");
            assertThatThrownBy(() -> medium.edition(null)).hasMessageStartingWith("Which edition is to be installed");
        }
    }

    /** In the list of a server's editions, those with and without a desktop have names like SERVERSTANDARDCORE. */
    @Test
    void what_setup_calls_an_edition_is_shown_and_names_it() {
        WindowsEdition server = new WindowsEdition(
                1,
                "Windows Server 2025 SERVERSTANDARD",
                "Windows Server 2025 Standard (Desktop Experience)",
                "ServerStandard",
                true,
                WindowsEdition.AMD64,
                10,
                0,
                26100,
                List.of("en-US"),
                "en-US");
        Path iso = WindowsMedium.in(directory).edition(server).edition(PRO).iso();

        try (InstallationMedium medium = InstallationMedium.open(iso)) {
            assertThatThrownBy(() -> medium.edition("Enterprise"))
                    .hasMessageContaining(
                            " 1  Windows Server 2025 SERVERSTANDARD, \"Windows Server 2025 Standard (Desktop Experience)\""
                                    + " (ServerStandard, build 26100, en-US)");
            assertThat(medium.edition("windows server 2025 standard (desktop experience)"))
                    .isEqualTo(server);
        }
    }

    @Test
    void what_is_no_installation_medium_is_said() throws Exception {
        Path empty = Files.write(directory.resolve("empty.iso"), new byte[1 << 20]);
        Path without = WindowsMedium.in(directory).iso();

        assertThatThrownBy(() -> InstallationMedium.open(directory.resolve("none.iso")))
                .hasMessageContaining("is not there");
        assertThatThrownBy(() -> InstallationMedium.open(empty)).hasMessageContaining("is no disc image");
        assertThatThrownBy(() -> InstallationMedium.open(without))
                .hasMessageContaining("has none of sources/install.wim, sources/install.esd, sources/install.swm.");
        Path noBoot = WindowsMedium.in(directory.resolve("other"))
                .without("sources/boot.wim")
                .iso();
        assertThatThrownBy(() -> InstallationMedium.open(noBoot)).hasMessageContaining("it has no sources/boot.wim.");
    }

    /** Whatever the bytes are, the answer is a value or one sentence. */
    @ParameterizedTest
    @ValueSource(strings = {"-udf", "-J"})
    void a_damaged_disc_is_a_sentence(String format) throws Exception {
        byte[] sound = Files.readAllBytes(
                WindowsMedium.in(directory).edition(PRO).format(format).iso());
        Random random = new Random(7);
        Path damaged = directory.resolve("damaged.iso");
        for (int i = 0; i < 150; i++) {
            byte[] bytes = sound.clone();
            for (int j = 0; j < 4; j++) {
                // The structures are in the first sectors; most of the rest is files.
                bytes[32768 + random.nextInt(Math.min(bytes.length, 700_000) - 32768)] = (byte) random.nextInt(256);
            }
            for (int j = 0; j < 60; j++) {
                bytes[(256 + random.nextInt(40)) * 2048 + random.nextInt(512)] = (byte) random.nextInt(256);
            }
            Files.write(damaged, i % 10 == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
            try (InstallationMedium medium = InstallationMedium.open(damaged)) {
                assertThat(medium.editions()).isNotNull();
            } catch (SanbootException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void a_medium_for_another_processor_is_named_whatever_edition_is_wanted() {
        WindowsEdition arm = new WindowsEdition(
                1,
                "Windows 11 Pro",
                "Windows 11 Pro",
                "Professional",
                false,
                12,
                10,
                0,
                26100,
                List.of("en-US"),
                "en-US");
        Path iso = WindowsMedium.in(directory).edition(arm).iso();

        try (InstallationMedium medium = InstallationMedium.open(iso)) {
            assertThatThrownBy(() -> medium.edition("anything"))
                    .hasMessage(iso + " is a medium for ARM64, and the machine is an x64 PC; take one for x64.");
        }
    }
}
