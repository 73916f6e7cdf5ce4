package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Keeper.Liveness;

class KeeperTest {

    @TempDir
    Path directory;

    @Test
    void this_process_is_alive() throws IOException {
        Keeper.note(directory, Keeper.PROC);

        assertThat(Keeper.of(directory, Keeper.PROC)).isEqualTo(Liveness.ALIVE);
    }

    @Test
    void a_process_that_has_ended_is_dead() throws Exception {
        Process child = new ProcessBuilder("sleep", "600").start();
        String started = Keeper.PROC.started(String.valueOf(child.pid()));
        note(child.pid() + " " + started, Keeper.PROC.host(), Keeper.PROC.boot(), Keeper.PROC.namespace());
        assertThat(Keeper.of(directory, Keeper.PROC)).isEqualTo(Liveness.ALIVE);

        child.destroyForcibly().waitFor();

        assertThat(Keeper.of(directory, Keeper.PROC)).isEqualTo(Liveness.DEAD);
    }

    @Test
    void a_process_that_has_the_id_of_another_one_is_not_that_one() throws IOException {
        note("7 100", "lab", "boot1", "ns1");

        assertThat(Keeper.of(directory, new Fake("lab", "boot1", "ns1", Map.of("7", "100"))))
                .isEqualTo(Liveness.ALIVE);
        assertThat(Keeper.of(directory, new Fake("lab", "boot1", "ns1", Map.of("7", "200"))))
                .isEqualTo(Liveness.DEAD);
    }

    @Test
    void after_a_boot_of_the_same_host_all_are_dead() throws IOException {
        note("7 100", "lab", "boot1", "ns1");

        assertThat(Keeper.of(directory, new Fake("lab", "boot2", "ns1", Map.of("7", "100"))))
                .isEqualTo(Liveness.DEAD);
    }

    @Test
    void a_process_of_another_host_or_container_is_neither_dead_nor_alive() throws IOException {
        note("7 100", "lab", "boot1", "ns1");

        assertThat(Keeper.of(directory, new Fake("other", "boot2", "ns1", Map.of())))
                .isEqualTo(Liveness.UNKNOWN);
        assertThat(Keeper.of(directory, new Fake("lab", "boot1", "ns2", Map.of())))
                .isEqualTo(Liveness.UNKNOWN);
    }

    @Test
    void where_nobody_is_noted_nobody_is_alive_and_an_odd_note_says_nothing() throws IOException {
        assertThat(Keeper.of(directory, Keeper.PROC)).isEqualTo(Liveness.DEAD);

        Files.writeString(directory.resolve(Keeper.FILE), "odd");

        assertThat(Keeper.of(directory, Keeper.PROC)).isEqualTo(Liveness.UNKNOWN);
    }

    private void note(String pidAndStart, String host, String boot, String namespace) throws IOException {
        Files.writeString(directory.resolve(Keeper.FILE), String.join(" ", pidAndStart, host, boot, namespace));
    }

    /** A host with these processes: start times by id. */
    record Fake(String host, String boot, String namespace, Map<String, String> starts) implements Keeper.Processes {
        @Override
        public String started(String pid) throws IOException {
            if (!starts.containsKey(pid)) {
                throw new NoSuchFileException("/proc/" + pid);
            }
            return starts.get(pid);
        }
    }
}
