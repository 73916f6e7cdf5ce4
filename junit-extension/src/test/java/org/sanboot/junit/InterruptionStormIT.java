package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.machine.physical.HostBed;

/**
 * Runs that are ended by signals at any moment, two at once in one home. The long form is {@code -Dsanboot.storm=100}, with that
 * many rounds of two runs; {@code -Dsanboot.storm.seed} repeats one.
 */
@Tag("boot")
class InterruptionStormIT {

    private static final int ROUNDS = Integer.getInteger("sanboot.storm", 2);

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 5, unit = TimeUnit.HOURS)
    void what_was_announced_is_there_whenever_a_run_is_ended() throws Exception {
        Path home = directory.resolve("home");
        HostBed.makeHome(home, "tiny");
        Path log = directory.resolve("log");
        // A file system of its own, whose last room a round can take. The images are copied onto it.
        List<String> command = new ArrayList<>(List.of("unshare", "-rm", "sh", "-euc", """
                mv "$0" "$0.before"
                mkdir "$0"
                mount -t tmpfs -o size=400m sanboot "$0"
                cp -a "$0.before/." "$0"
                exec "$@"
                """, home.toString()));
        command.addAll(HostBed.java(
                InterruptionStorm.class,
                home.toString(),
                String.valueOf(ROUNDS),
                System.getProperty("sanboot.storm.seed", String.valueOf(System.nanoTime()))));
        Process storm = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            storm.waitFor();
        } finally {
            storm.destroyForcibly();
        }
        String output = Files.readString(log);
        System.out.println(output);
        assertThat(output).endsWith("whole\n");
    }
}
