package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.testing.ChildJvm;

/** Processes that share a boot server, and die. */
@Tag("boot")
class SharedBootServerIT {

    private static final MacAddress MAC = new MacAddress("52:54:00:00:00:01");
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private Path socket;
    private int port;

    @BeforeEach
    void choosePort() throws Exception {
        socket = directory.resolve("boot.socket");
        port = SharedBootServerTest.freePort();
    }

    @Test
    void when_the_process_that_serves_is_killed_another_takes_its_place_and_its_hosts_boot() throws Exception {
        try (ChildJvm child = startChild("serves");
                SharedBootServer ours = BootServerHolder.share(socket, port, MAC)) {
            assertThat(ours.serves()).isFalse();
            ours.offer(MAC, FakeHost.script("disk-1"), new BootObserver() {});

            child.process().destroyForcibly().waitFor();

            await("this process serves").atMost(SOON).until(ours::serves);
            assertThat(new FakeHost(ours.entryScript(), MAC).fetch()).contains("disk-1");
        }
    }

    @Test
    void what_a_killed_process_offered_is_offered_no_more() throws Exception {
        try (SharedBootServer ours = BootServerHolder.share(socket, port, MAC);
                ChildJvm child = startChild("joined")) {
            FakeHost host = new FakeHost(ours.entryScript(), MAC);
            assertThat(host.fetch()).contains("disk-of-child");

            child.process().destroyForcibly().waitFor();

            await("the host is told to wait").atMost(SOON).until(() -> host.isTold(BootScripts.WAIT));
        }
    }

    private ChildJvm startChild(String state) throws Exception {
        ChildJvm child =
                ChildJvm.start(directory, BootServerHolder.class, socket.toString(), String.valueOf(port), MAC.value());
        child.awaitLine(state::equals, 60);
        return child;
    }
}
