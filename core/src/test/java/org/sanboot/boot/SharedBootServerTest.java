package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

/** Two that share a server, as if they were processes of their own. */
class SharedBootServerTest {

    private static final MacAddress MAC = new MacAddress("52:54:00:00:00:01");
    private static final MacAddress FOREIGN = new MacAddress("52:54:00:00:00:99");

    @TempDir
    private Path directory;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private int port;
    private Path socket;
    private BootServer server;
    private SharedBootServer first;
    private SharedBootServer second;

    @BeforeEach
    void start() throws IOException {
        port = freePort();
        socket = directory.resolve("boot.socket");
        // What a process left that was killed.
        Files.createFile(socket);
        first = share();
        second = share();
    }

    @AfterEach
    void stop() {
        second.close();
        first.close();
    }

    @Test
    void whoever_comes_first_serves_and_the_other_one_joins() {
        assertThat(first.serves()).isTrue();
        assertThat(second.serves()).isFalse();
        assertThat(second.entryScript()).isEqualTo(first.entryScript());
    }

    @Test
    void what_one_offers_the_other_ones_server_gives_to_the_host_once() {
        second.offer(MAC, FakeHost.script("disk-1"), new Recorder());
        FakeHost host = host();
        server.addressRequested(MAC);

        assertThat(host.fetch()).contains("disk-1", host.base() + "/event/").doesNotContain(".invalid");
        assertThat(host.fetchAgain()).isEqualTo(404);
        host.report("script-running");
        host.report("san-failed/4c0a6035");

        await("the observer is told")
                .untilAsserted(() -> assertThat(events)
                        .containsExactly("asked", "fetched by 127.0.0.1", "running", "failed 4c0a6035"));
    }

    @Test
    void a_withdrawn_offer_is_void_at_once() {
        BootOffer offer = second.offer(MAC, FakeHost.script("disk-1"), new Recorder());
        assertThat(host().isTold(BootScripts.WAIT)).isFalse();

        offer.close();
        offer.close();

        assertThat(host().isTold(BootScripts.WAIT)).isTrue();
    }

    @Test
    void what_a_process_offered_ends_with_it() {
        second.offer(MAC, FakeHost.script("disk-1"), new Recorder());

        second.close();

        await("the host is told to wait").until(() -> host().isTold(BootScripts.WAIT));
    }

    @Test
    void the_other_one_serves_when_the_first_ends_and_the_host_still_boots() {
        second.offer(MAC, FakeHost.script("disk-1"), new Recorder());

        first.close();

        await("the successor").until(second::serves);
        assertThat(host().fetch()).contains("disk-1");
        await("the observer is told").until(() -> events.contains("fetched by 127.0.0.1"));
        try (SharedBootServer third = share()) {
            assertThat(third.serves()).isFalse();
        }
    }

    @Test
    void a_card_that_is_none_of_the_labs_is_refused_to_the_other_one_as_well() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> second.offer(FOREIGN, FakeHost.script("disk-1"), new Recorder()))
                .withMessageContaining(FOREIGN.value())
                .withMessageContaining("whose inventory may be an older one");
    }

    @Test
    void it_is_known_when_nobody_serves_and_this_process_cannot() {
        try (SharedBootServer third = SharedBootServer.start(socket, () -> {
            throw new ConfigurationException("Ports below 1024 need root.");
        })) {
            second.close();
            first.close();

            await("the loss").until(() -> !third.isServed());
            assertThat(third.entryScript()).isEqualTo(server.entryScript());

            first = share();
            await("the new server").until(third::isServed);
            assertThat(third.serves()).isFalse();
        }
    }

    private FakeHost host() {
        return new FakeHost(first.serves() ? first.entryScript() : second.entryScript(), MAC);
    }

    private SharedBootServer share() {
        return SharedBootServer.start(socket, () -> {
            BootServer started = BootServer.start(
                    new BootServerConfiguration(InetAddress.getLoopbackAddress(), port, 0, Set.of(MAC)),
                    Map.of(),
                    (address, mac) -> false);
            server = started;
            return started;
        });
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private final class Recorder implements BootObserver {

        @Override
        public void addressRequested() {
            events.add("asked");
        }

        @Override
        public void scriptFetched(InetAddress host) {
            events.add("fetched by " + host.getHostAddress());
        }

        @Override
        public void scriptRunning() {
            events.add("running");
        }

        @Override
        public void sanFailed(String error) {
            events.add("failed " + error);
        }
    }
}
