package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A Redfish service with one system, which misbehaves when it is told to. Foreign clients check in {@link RedfishForeignIT}
 * that it is one.
 */
final class RedfishStandIn implements AutoCloseable {

    static final String USER = "ADMIN";
    static final String PASSWORD = "correct-horse";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SYSTEM = "/redfish/v1/Systems/437XR1138R2";
    private static final String RESET = SYSTEM + "/Actions/ComputerSystem.Reset";
    private static final String SESSIONS = "/redfish/v1/SessionService/Sessions";

    /** Method and path of each request, in order. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    volatile boolean on;
    volatile String bootTarget = "None";
    volatile String bootMode = "Legacy";
    volatile String bootEnabled = "Disabled";
    /** How many requests are answered with 503 and Retry-After before one is served. */
    volatile int unavailable;
    /** How many changes are answered with 409, as in the self-test. */
    volatile int conflicts;

    /** How many changes of the boot are answered with 400, as some services do while the host is in its self-test. */
    volatile int selfTest;

    volatile boolean etagRequired;
    volatile boolean tasks;
    volatile boolean withoutSessions;

    private final HttpServer server;
    private final Set<String> tokens = ConcurrentHashMap.newKeySet();
    private volatile int version = 1;
    private volatile int taskLooks;

    RedfishStandIn(@Nullable SSLContext tls) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    URI root() {
        String scheme = server instanceof HttpsServer ? "https" : "http";
        return URI.create(
                "%s://127.0.0.1:%d".formatted(scheme, server.getAddress().getPort()));
    }

    int openSessions() {
        return tokens.size();
    }

    void expireSessions() {
        tokens.clear();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().replaceAll("(?<=.)/$", "");
        String request = exchange.getRequestMethod() + " " + path;
        requests.add(request);
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (unavailable > 0) {
            unavailable--;
            exchange.getResponseHeaders().set("Retry-After", "7");
            answer(exchange, 503, error("The service is starting."));
        } else if (request.equals("GET /redfish/v1") || request.equals("GET /redfish")) {
            answer(exchange, 200, serviceRoot());
        } else if (request.equals("POST " + SESSIONS)) {
            logIn(exchange, JSON.readTree(body));
        } else if (!isAuthorized(exchange)) {
            answer(exchange, 401, error("Who are you?"));
        } else {
            serve(exchange, request, body.length == 0 ? null : JSON.readTree(body));
        }
    }

    private void serve(HttpExchange exchange, String request, @Nullable JsonNode body) throws IOException {
        if (request.startsWith("DELETE " + SESSIONS + "/")) {
            tokens.remove(request.substring(request.lastIndexOf('/') + 1));
            answer(exchange, 204, null);
            return;
        }
        switch (request) {
            case "GET /redfish/v1/Systems" ->
                answer(
                        exchange,
                        200,
                        Map.of(
                                "@odata.id", "/redfish/v1/Systems",
                                "@odata.type", "#ComputerSystemCollection.ComputerSystemCollection",
                                "Name", "Systems",
                                "Members@odata.count", 1,
                                "Members", List.of(Map.of("@odata.id", SYSTEM))));
            case "GET " + SYSTEM -> {
                exchange.getResponseHeaders().set("ETag", etag());
                answer(exchange, 200, system());
            }
            case "PATCH " + SYSTEM -> change(exchange, body);
            case "POST " + RESET -> reset(exchange, body);
            case "GET /redfish/v1/SessionService" ->
                answer(
                        exchange,
                        200,
                        Map.of(
                                "@odata.id", "/redfish/v1/SessionService",
                                "@odata.type", "#SessionService.v1_1_8.SessionService",
                                "Id", "SessionService",
                                "Name", "Sessions",
                                "Sessions", Map.of("@odata.id", SESSIONS)));
            case "GET /redfish/v1/TaskMonitors/1" -> {
                boolean runs = --taskLooks > 0;
                answer(exchange, runs ? 202 : 204, runs ? Map.of("TaskState", "Running") : null);
            }
            default -> answer(exchange, 404, error("There is no " + request));
        }
    }

    private boolean isAuthorized(HttpExchange exchange) {
        String token = exchange.getRequestHeaders().getFirst("X-Auth-Token");
        String basic = "Basic " + Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(UTF_8));
        return (token != null && tokens.contains(token))
                || basic.equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private void logIn(HttpExchange exchange, JsonNode body) throws IOException {
        if (withoutSessions) {
            answer(exchange, 405, error("Not here."));
        } else if (body.path("UserName").asText().equals(USER)
                && body.path("Password").asText().equals(PASSWORD)) {
            String token = UUID.randomUUID().toString();
            tokens.add(token);
            exchange.getResponseHeaders().set("X-Auth-Token", token);
            exchange.getResponseHeaders().set("Location", SESSIONS + "/" + token);
            answer(
                    exchange,
                    201,
                    Map.of(
                            "@odata.id",
                            SESSIONS + "/" + token,
                            "@odata.type",
                            "#Session.v1_3_0.Session",
                            "Id",
                            token,
                            "Name",
                            "Session",
                            "UserName",
                            USER));
        } else {
            answer(exchange, 401, error("Wrong."));
        }
    }

    private void change(HttpExchange exchange, @Nullable JsonNode body) throws IOException {
        if (etagRequired && !etag().equals(exchange.getRequestHeaders().getFirst("If-Match"))) {
            answer(exchange, 412, error("If-Match is needed."));
        } else if (selfTest > 0) {
            selfTest--;
            answer(exchange, 400, error("Boot cannot be changed while the system is in POST."));
        } else if (!conflict(exchange) && body != null) {
            JsonNode boot = body.path("Boot");
            bootEnabled = boot.path("BootSourceOverrideEnabled").asText(bootEnabled);
            bootTarget = boot.path("BootSourceOverrideTarget").asText(bootTarget);
            bootMode = boot.path("BootSourceOverrideMode").asText(bootMode);
            version++;
            answer(exchange, 200, system());
        }
    }

    private void reset(HttpExchange exchange, @Nullable JsonNode body) throws IOException {
        if (conflict(exchange) || body == null) {
            return;
        }
        String type = body.path("ResetType").asText();
        if (type.equals("ForceOff") && !on) {
            answer(exchange, 409, error("The system is off already."));
            return;
        }
        on = !type.equals("ForceOff") && !type.equals("GracefulShutdown");
        version++;
        if (tasks) {
            taskLooks = 3;
            exchange.getResponseHeaders().set("Location", "/redfish/v1/TaskMonitors/1");
            answer(exchange, 202, Map.of("TaskState", "New"));
        } else {
            answer(exchange, 204, null);
        }
    }

    private boolean conflict(HttpExchange exchange) throws IOException {
        if (conflicts == 0) {
            return false;
        }
        conflicts--;
        answer(exchange, 409, error("The system is in its self-test."));
        return true;
    }

    private String etag() {
        return "W/\"" + version + "\"";
    }

    private Map<String, Object> serviceRoot() {
        return Map.of(
                "@odata.id", "/redfish/v1/",
                "@odata.type", "#ServiceRoot.v1_5_0.ServiceRoot",
                "Id", "RootService",
                "Name", "Stand-in",
                "RedfishVersion", "1.6.0",
                "UUID", "92384634-2938-2342-8820-489239905423",
                "Systems", Map.of("@odata.id", "/redfish/v1/Systems"),
                "SessionService", Map.of("@odata.id", "/redfish/v1/SessionService"),
                "Links", Map.of("Sessions", Map.of("@odata.id", SESSIONS)));
    }

    private Map<String, Object> system() {
        return Map.of(
                "@odata.id",
                SYSTEM,
                "@odata.type",
                "#ComputerSystem.v1_10_0.ComputerSystem",
                "@odata.etag",
                etag(),
                "Id",
                "437XR1138R2",
                "Name",
                "host1",
                "SystemType",
                "Physical",
                "PowerState",
                on ? "On" : "Off",
                "Boot",
                Map.of(
                        "BootSourceOverrideEnabled", bootEnabled,
                        "BootSourceOverrideTarget", bootTarget,
                        "BootSourceOverrideMode", bootMode,
                        "BootSourceOverrideTarget@Redfish.AllowableValues", List.of("None", "Pxe", "Hdd", "UefiHttp")),
                "Actions",
                Map.of(
                        "#ComputerSystem.Reset",
                        Map.of(
                                "target",
                                RESET,
                                "ResetType@Redfish.AllowableValues",
                                List.of("On", "ForceOff", "ForceRestart", "GracefulShutdown"))));
    }

    private static Map<String, Object> error(String message) {
        return Map.of(
                "error",
                Map.of(
                        "code", "Base.1.8.GeneralError",
                        "message", "A general error has occurred.",
                        "@Message.ExtendedInfo",
                                List.of(Map.of("MessageId", "Base.1.8.GeneralError", "Message", message))));
    }

    private static void answer(HttpExchange exchange, int status, @Nullable Map<String, Object> body)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.getResponseHeaders().set("OData-Version", "4.0");
        if ("close".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Connection"))) {
            // The JDK's server closes then, and does not say so.
            exchange.getResponseHeaders().set("Connection", "close");
        }
        byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        // Closing the exchange instead would close the connection after an answer without a body, and clients keep it.
        if (bytes.length > 0) {
            try (OutputStream stream = exchange.getResponseBody()) {
                stream.write(bytes);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
