package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.boot.Firmware;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debian's own installer by the example's recipe, which takes half an hour and more under emulation:
 *
 * <pre>
 * mvn verify -pl core -Dit.test=DebianInstallerIT -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Ddebian.installer=DIRECTORY -Ddebian.mirror=HOST -Ddebian.key=KEY
 * </pre>
 *
 * <p>With {@code -Ddebian.home=HOME} the image stays in the catalogue of that home.
 */
@Tag("boot")
@EnabledIfSystemProperty(named = "debian.installer", matches = ".+")
class DebianInstallerIT {

    private static final Logger LOGGER = LoggerFactory.getLogger(DebianInstallerIT.class);
    private static final Path RECIPE = Path.of("..", "examples", "install", "debian", "install.yaml");

    @Test
    void debian_installs_itself_and_boots_by_bios_and_by_uefi(@TempDir Path directory) {
        Path home = Path.of(System.getProperty("debian.home", directory.toString()));
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String name : new String[] {"installer", "mirror", "key", "proxy", "options"}) {
            String value = System.getProperty("debian." + name);
            if (value != null) {
                parameters.put(name, value);
            }
        }

        Installer.in(home)
                .install(
                        InstallRecipe.read(RECIPE, parameters),
                        "debian-13",
                        progress -> LOGGER.info("{}", progress.line()));

        try (Lab lab = Lab.open(new LabConfiguration(home, 1))) {
            for (Firmware firmware : Firmware.values()) {
                var stay = lab.boot(HostRequest.of("debian-13")
                        .name("debian")
                        .firmware(firmware)
                        .readyTimeout(Duration.ofMinutes(10))
                        .build());
                assertThat(stay.host().run("cat /etc/debian_version").stdout()).startsWith("13");
                stay.discard();
            }
        }
    }
}
