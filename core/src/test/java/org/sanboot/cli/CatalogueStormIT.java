package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;
import org.sanboot.testing.Namespace;
import org.sanboot.testing.TestHome;

/**
 * Kills processes that change a catalogue, two at once, at random moments, now and then on a full disk. The system property
 * {@code sanboot.storm} says how many are killed; 12 by default.
 */
@Tag("boot")
class CatalogueStormIT {

    @TempDir
    private Path directory;

    @Test
    void whoever_is_killed_when_ever_the_catalogue_is_as_before_or_as_after() throws Exception {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        Namespace.require();
        Path home = Files.createDirectory(directory.resolve("home"));
        int kills = Integer.getInteger("sanboot.storm", 12);

        Namespace.Result result =
                Namespace.run(home, """
                mount -t tmpfs -o size=256m sanboot "$1"
                java "$2" "$@"
                """, home, CatalogueStorm.class.getName(), kills, System.nanoTime());

        System.out.println(result.output());
        assertThat(result.status()).as(result.output()).isZero();
        assertThat(result.output()).contains("%d kills".formatted(kills));
    }
}
