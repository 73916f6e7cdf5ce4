package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.boot.Firmware;
import org.sanboot.windows.setup.SetupRelease.Trait;

class SetupReleaseTest {

    /** The builds: Microsoft Learn, "Operating system version", "Windows 11 release information" and "Windows Server release information". */
    @ParameterizedTest
    @CsvSource({
        "false, 6, 1,  7601, Windows 7",
        "false, 6, 2,  9200, Windows 8",
        "false, 6, 3,  9600, Windows 8.1",
        "false, 10, 0, 10240, Windows 10",
        "false, 10, 0, 19045, Windows 10",
        "false, 10, 0, 22000, Windows 11",
        "false, 10, 0, 26200, Windows 11",
        "true, 6, 1,  7601, Windows Server 2008 R2",
        "true, 6, 2,  9200, Windows Server 2012",
        "true, 6, 3,  9600, Windows Server 2012 R2",
        "true, 10, 0, 14393, Windows Server 2016 to 2022",
        "true, 10, 0, 20348, Windows Server 2016 to 2022",
        "true, 10, 0, 25398, Windows Server 2016 to 2022",
        "true, 10, 0, 26100, Windows Server 2025",
        "false, 6, 0, 6002, Windows 7"
    })
    void every_edition_is_of_the_newest_release_that_it_is_not_older_than(
            boolean server, int major, int minor, int build, String release) {
        WindowsEdition edition = new WindowsEdition(
                1, "x", "x", "x", server, WindowsEdition.AMD64, major, minor, build, List.of("en-US"), "en-US");

        assertThat(edition.release().name()).isEqualTo(release);
    }

    @Test
    void the_table_says_of_each_what_differs() {
        assertThat(SetupRelease.all())
                .filteredOn(release -> release.firmware() == Firmware.UEFI || release.has(Trait.MAKES_DEMANDS))
                .extracting(SetupRelease::name)
                .containsExactly("Windows 11");
        assertThat(SetupRelease.all())
                .filteredOn(release -> release.has(Trait.BRINGS_OPENSSH))
                .extracting(SetupRelease::name)
                .containsExactly("Windows Server 2025");
        assertThat(SetupRelease.all())
                .filteredOn(release -> release.has(Trait.ASKS_FOR_ADMINISTRATOR_PASSWORD))
                .allMatch(SetupRelease::server)
                .hasSize(5);
        assertThat(SetupRelease.all()).allMatch(release -> release.has(Trait.NEEDS_BIOS) == (release.minor() == 1));
    }
}
