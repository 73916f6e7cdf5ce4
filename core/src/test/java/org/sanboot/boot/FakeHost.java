package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host's iPXE, as a boot server sees it. */
final class FakeHost {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final URI entryScript;
    private final MacAddress mac;
    private String admission = "";
    private String script = "";

    FakeHost(URI entryScript, MacAddress mac) {
        this.entryScript = entryScript;
        this.mac = mac;
    }

    static IpxeScript script(String disk) {
        return IpxeScript.builder()
                .initiator("iqn.2026-11.org.sanboot:host.1")
                .target("10.78.0.1", 3260, 0, "iqn.2026-11.org.sanboot:" + disk)
                .chained()
                .build();
    }

    String base() {
        return entryScript.resolve("/").toString().replaceAll("/$", "");
    }

    /** Asks by its hardware address, and fetches the script that it is told of. */
    String fetch() {
        admission = find("(http://\\S+/script/\\S+)", ask());
        script = get(admission).body();
        return script;
    }

    int fetchAgain() {
        return get(admission).statusCode();
    }

    boolean isTold(String answer) {
        return ask().equals(answer);
    }

    private String ask() {
        return get(base() + "/boot/" + mac.hyphenated() + ".ipxe").body();
    }

    void report(String event) {
        String events = find("(http://\\S+/event/[0-9a-f]{32})/script-running", script);
        assertThat(get(events + "/" + event).statusCode()).isEqualTo(200);
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private static HttpResponse<String> get(String uri) {
        try {
            return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
