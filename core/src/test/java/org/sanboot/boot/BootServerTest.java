package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class BootServerTest {

    private static final MacAddress KNOWN = new MacAddress("52:54:00:00:00:01");
    private static final MacAddress OTHER = new MacAddress("52:54:00:00:00:02");
    private static final MacAddress FOREIGN = new MacAddress("52:54:00:00:00:99");

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private boolean pretender;
    private BootServer server;

    @BeforeEach
    void start() throws IOException {
        Path file = Files.writeString(directory.resolve("snponly.efi"), "iPXE");
        server = BootServer.start(
                new BootServerConfiguration(InetAddress.getLoopbackAddress(), 0, 0, Set.of(KNOWN, OTHER)),
                Map.of("snponly.efi", file),
                (address, mac) -> pretender);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void the_entry_script_asks_for_the_script_of_the_card_it_came_by() {
        assertThat(get(server.entryScript()).body())
                .startsWith("#!ipxe\n")
                .contains("chain --autofree " + server.entryScript().resolve("/boot/") + "${netX/mac:hexhyp}.ipxe");
    }

    @Test
    void a_host_without_an_offer_waits_and_a_foreign_one_goes_on() {
        assertThat(get(hostScript(KNOWN)).body()).isEqualTo(BootScripts.WAIT);
        assertThat(get(hostScript(FOREIGN)).body()).isEqualTo(BootScripts.UNKNOWN);
    }

    @Test
    void a_host_with_an_offer_gets_its_script_and_reports() {
        offer(KNOWN, "disk-1");

        HttpResponse<String> script = get(admission(KNOWN));

        assertThat(script.body()).contains("disk-1").doesNotContain("dhcp net0");
        String event = find("(http://\\S+/event/[0-9a-f]{32})/script-running", script.body());
        get(URI.create(event + "/script-running"));
        get(URI.create(event + "/san-failed/3d126001"));
        assertThat(events).containsExactly("fetched by 127.0.0.1", "running", "failed 3d126001");
    }

    @Test
    void a_script_is_served_once() {
        offer(KNOWN, "disk-1");
        URI script = admission(KNOWN);

        assertThat(get(script).statusCode()).isEqualTo(200);
        assertThat(get(script).statusCode()).isEqualTo(404);
        assertThat(get(admission(KNOWN)).statusCode())
                .as("after the host restarted")
                .isEqualTo(200);
    }

    @Test
    void what_an_earlier_boot_says_counts_no_more() {
        offer(KNOWN, "disk-1");
        URI stale = admission(KNOWN);
        String event = find("(http://\\S+)/script-running", get(stale).body());

        URI latest = admission(KNOWN);
        get(URI.create(event + "/script-running"));

        assertThat(get(stale).statusCode()).isEqualTo(404);
        assertThat(events).containsExactly("fetched by 127.0.0.1");
        assertThat(get(latest).statusCode()).isEqualTo(200);
    }

    @Test
    void a_withdrawn_offer_is_void_even_for_who_was_admitted() {
        BootOffer offer = offer(KNOWN, "disk-1");
        URI script = admission(KNOWN);

        offer.close();

        assertThat(get(script).statusCode()).isEqualTo(404);
        assertThat(get(hostScript(KNOWN)).body()).isEqualTo(BootScripts.WAIT);
    }

    @Test
    void closing_a_replaced_offer_leaves_its_successor() {
        BootOffer first = offer(KNOWN, "disk-1");
        offer(KNOWN, "disk-2");

        first.close();

        assertThat(get(admission(KNOWN)).body()).contains("disk-2");
    }

    @Test
    void who_is_known_to_have_another_card_gets_nothing() {
        offer(KNOWN, "disk-1");
        pretender = true;

        assertThat(get(hostScript(KNOWN)).body()).isEqualTo(BootScripts.UNKNOWN);
    }

    @Test
    void a_foreign_card_is_not_offered_anything() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> offer(FOREIGN, "disk-1"))
                .withMessageContaining(FOREIGN.value());
    }

    @Test
    void a_head_request_is_answered_and_uses_nothing_up() {
        offer(KNOWN, "disk-1");

        HttpResponse<String> head = send("HEAD", server.httpBootFile());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).contains("4");
        assertThat(send("HEAD", hostScript(KNOWN)).statusCode()).isEqualTo(200);
        assertThat(send("HEAD", admission(KNOWN)).statusCode()).isEqualTo(404);
        assertThat(get(server.httpBootFile()).body()).isEqualTo("iPXE");
        assertThat(send("POST", server.entryScript()).statusCode()).isEqualTo(405);
        assertThat(get(server.entryScript().resolve("/files/passwd")).statusCode())
                .isEqualTo(404);
        assertThat(get(server.entryScript().resolve("/../etc/passwd")).statusCode())
                .isEqualTo(404);
    }

    @Test
    void the_neighbour_table_tells_who_a_sender_is() throws IOException {
        Path table = Files.writeString(directory.resolve("arp"), """
                IP address       HW type     Flags       HW address            Mask     Device
                10.78.0.101      0x1         0x2         52:54:00:00:00:01     *        lab0
                10.78.0.102      0x1         0x0         00:00:00:00:00:00     *        lab0
                """);
        NeighbourTable neighbours = new NeighbourTable(table);

        assertThat(neighbours.contradicts(InetAddress.getByName("10.78.0.101"), KNOWN))
                .isFalse();
        assertThat(neighbours.contradicts(InetAddress.getByName("10.78.0.101"), OTHER))
                .isTrue();
        assertThat(neighbours.contradicts(InetAddress.getByName("10.78.0.102"), OTHER))
                .isFalse();
        assertThat(neighbours.contradicts(InetAddress.getByName("10.99.0.1"), OTHER))
                .isFalse();
    }

    private BootOffer offer(MacAddress mac, String disk) {
        IpxeScript script = IpxeScript.builder()
                .initiator("iqn.2026-11.org.sanboot:host.1")
                .target("10.78.0.1", 3260, 0, "iqn.2026-11.org.sanboot:" + disk)
                .chained()
                .build();
        return server.offer(mac, script, new BootObserver() {
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
        });
    }

    private URI hostScript(MacAddress mac) {
        return server.entryScript().resolve("/boot/" + mac.hyphenated() + ".ipxe?uuid=1");
    }

    private URI admission(MacAddress mac) {
        return URI.create(
                find("chain --autofree --replace (\\S+)", get(hostScript(mac)).body()));
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private HttpResponse<String> get(URI uri) {
        return send("GET", uri);
    }

    private HttpResponse<String> send(String method, URI uri) {
        try {
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
