package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.process.Programs;

/** A headless Chromium, driven over the W3C WebDriver protocol. */
final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

    private final Process driver;
    private final String session;

    private Browser(Process driver, String address, Path profile) throws IOException {
        this.driver = driver;
        List<String> flags = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        JsonNode created = post(
                address + "/session",
                Map.of(
                        "capabilities",
                        Map.of(
                                "alwaysMatch",
                                Map.of(
                                        "browserName", "chrome",
                                        "goog:loggingPrefs", Map.of("browser", "ALL"),
                                        "goog:chromeOptions", Map.of("args", flags)))));
        this.session = address + "/session/" + created.get("sessionId").asText();
    }

    /** Starts the browser, or skips the test where there is none, unless this is a build that must not skip. */
    static Browser start(Path profile) throws IOException {
        var program = Programs.find("chromedriver");
        if (System.getenv("CI") != null) {
            assertThat(program).as("chromedriver (package chromium-driver)").isPresent();
        }
        assumeThat(program).as("chromedriver (package chromium-driver)").isPresent();
        Process driver = new ProcessBuilder(program.orElseThrow().toString(), "--port=0")
                .redirectErrorStream(true)
                .start();
        try {
            return new Browser(driver, "http://127.0.0.1:" + port(driver.inputReader()), profile);
        } catch (IOException | RuntimeException e) {
            driver.destroy();
            throw e;
        }
    }

    private static String port(BufferedReader output) throws IOException {
        Pattern started = Pattern.compile("started successfully on port (\\d+)");
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher matcher = started.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new IOException("chromedriver ended");
    }

    void open(Path file) {
        post(session + "/url", Map.of("url", file.toUri().toString()));
    }

    void screen(int width, int height, boolean dark, boolean phone) {
        chromium(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
        chromium(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    private void chromium(String command, Map<String, Object> parameters) {
        post(session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    /** Types on the keyboard, into whatever has the focus. */
    void type(String keys) {
        List<Map<String, String>> strokes = new ArrayList<>();
        keys.codePoints().mapToObj(Character::toString).forEach(key -> {
            strokes.add(Map.of("type", "keyDown", "value", key));
            strokes.add(Map.of("type", "keyUp", "value", key));
        });
        post(
                session + "/actions",
                Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", strokes))));
    }

    void click(String selector) {
        JsonNode element = post(session + "/element", Map.of("using", "css selector", "value", selector));
        post(session + "/element/" + element.get(ELEMENT).asText() + "/click", Map.of());
    }

    /** Evaluates an expression in the page. */
    JsonNode evaluate(String expression) {
        return post(session + "/execute/sync", Map.of("script", "return " + expression, "args", List.of()));
    }

    List<String> consoleMessages() {
        List<String> messages = new ArrayList<>();
        post(session + "/se/log", Map.of("type", "browser"))
                .forEach(entry -> messages.add(entry.get("message").asText()));
        return messages;
    }

    void screenshot(Path file) throws IOException {
        JsonNode png = send("GET", session + "/screenshot", new byte[0]);
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(png.asText()));
    }

    private JsonNode post(String address, Map<String, Object> body) {
        try {
            return send("POST", address, JSON.writeValueAsBytes(body));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JsonNode send(String method, String address, byte[] body) throws IOException {
        HttpURLConnection http = (HttpURLConnection) URI.create(address).toURL().openConnection();
        http.setRequestMethod(method);
        if (body.length > 0) {
            http.setDoOutput(true);
            http.getOutputStream().write(body);
        }
        try (var answer = http.getResponseCode() < 400 ? http.getInputStream() : http.getErrorStream()) {
            JsonNode value = JSON.readTree(answer).get("value");
            if (value.has("error")) {
                throw new IOException(value.get("message").asText());
            }
            return value;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            send("DELETE", session, new byte[0]);
        } finally {
            driver.destroy();
        }
    }
}
