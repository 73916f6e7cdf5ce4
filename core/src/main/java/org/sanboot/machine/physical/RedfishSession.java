package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;

/**
 * Speaks Redfish's HTTP with one service (DSP0266): a session where the service has them, or else Basic authentication,
 * waits where it asks for them, tasks until they have ended, and its errors in our words.
 *
 * <p>Confined to one thread at a time.
 */
final class RedfishSession {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration TASK_TIMEOUT = Duration.ofMinutes(2);
    private static final int WAITS = 5;
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final PowerConnection.Redfish connection;
    private final String description;
    private final Pause pause;
    private final HttpClient client;
    private @Nullable String authorization;
    private @Nullable String token;
    private @Nullable URI session;

    RedfishSession(PowerConnection.Redfish connection, String description, Pause pause) {
        this.connection = connection;
        this.description = description;
        this.pause = pause;
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).version(HttpClient.Version.HTTP_1_1);
        String fingerprint = connection.fingerprint();
        if (fingerprint != null) {
            builder.sslContext(PinnedCertificate.context(fingerprint));
        }
        this.client = builder.build();
    }

    /** An answer that is no error. */
    record Answer(JsonNode body, Optional<String> etag) {}

    Answer get(String path) {
        return exchange("GET", path, null, null);
    }

    void post(String path, Map<String, ?> body) {
        exchange("POST", path, body, null);
    }

    /** Changes a resource as it was when it was read; some services insist on that. */
    void patch(String path, Map<String, ?> body, Optional<String> etag) {
        exchange("PATCH", path, body, etag.orElse(null));
    }

    private Answer exchange(String method, String path, @Nullable Map<String, ?> body, @Nullable String etag) {
        logIn();
        HttpResponse<String> response = send(method, path, body, etag);
        if (response.statusCode() == 401 && token != null) {
            // Sessions expire, and end with the controller's restart.
            token = null;
            session = null;
            logIn();
            response = send(method, path, body, etag);
        }
        if (response.statusCode() == 202) {
            awaitTask(response);
            return new Answer(MissingNode.getInstance(), Optional.empty());
        }
        if (response.statusCode() >= 300) {
            throw failure(method + " " + path, response);
        }
        JsonNode json = json(response);
        return new Answer(
                json,
                response.headers()
                        .firstValue("ETag")
                        .or(() -> Optional.ofNullable(json.path("@odata.etag").textValue())));
    }

    private void logIn() {
        if (token != null || authorization != null) {
            return;
        }
        JsonNode root = json(successful("GET /redfish/v1/", send("GET", "/redfish/v1/", null, null)));
        String sessions = root.at("/Links/Sessions/@odata.id").asText();
        String password = connection.password().read();
        if (!sessions.isEmpty()) {
            HttpResponse<String> response =
                    send("POST", sessions, Map.of("UserName", connection.user(), "Password", password), null);
            Optional<String> given = response.headers().firstValue("X-Auth-Token");
            if (response.statusCode() < 300 && given.isPresent()) {
                token = given.orElseThrow();
                session = response.headers()
                        .firstValue("Location")
                        .map(response.uri()::resolve)
                        .orElse(null);
                return;
            }
            if (response.statusCode() == 401 || response.statusCode() == 403) {
                throw failure("log in", response);
            }
        }
        String pair = connection.user() + ":" + password;
        authorization = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
    }

    private void awaitTask(HttpResponse<String> accepted) {
        URI monitor = accepted.headers()
                .firstValue("Location")
                .map(accepted.uri()::resolve)
                .orElseThrow(() -> new PowerException(
                        Kind.BUSY, description + " began a task and does not say where it can be asked about."));
        HttpResponse<String> response = accepted;
        for (Duration waited = Duration.ZERO; waited.compareTo(TASK_TIMEOUT) < 0; ) {
            Duration wait = retryAfter(response);
            pause.of(wait);
            waited = waited.plus(wait);
            response = send("GET", monitor.getRawPath(), null, null);
            if (response.statusCode() >= 300) {
                throw failure("its task", response);
            }
            String state = json(response).path("TaskState").asText();
            if (state.equals("Exception") || state.equals("Killed") || state.equals("Cancelled")) {
                throw new PowerException(
                        Kind.BUSY,
                        "%s: its task ended with %s: %s".formatted(description, state, explanation(response)));
            }
            if (response.statusCode() != 202 && !state.equals("Running") && !state.equals("New")) {
                return;
            }
        }
        throw new PowerException(
                Kind.BUSY, "%s: its task takes more than %d s.".formatted(description, TASK_TIMEOUT.toSeconds()));
    }

    /** Sends, and again for as often as the service asks to wait. */
    private HttpResponse<String> send(
            String method, String path, @Nullable Map<String, ?> body, @Nullable String etag) {
        HttpResponse<String> response = sendOnce(method, path, body, etag);
        for (int wait = 0; response.statusCode() == 503 && wait < WAITS; wait++) {
            pause.of(retryAfter(response));
            response = sendOnce(method, path, body, etag);
        }
        return response;
    }

    private HttpResponse<String> sendOnce(
            String method, String path, @Nullable Map<String, ?> body, @Nullable String etag) {
        try {
            return client.send(
                    request(method, connection.service().resolve(path), body, etag), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new PowerException(
                    Kind.UNREACHABLE, "%s does not answer: %s".formatted(description, rootMessage(e)), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(description + ": interrupted.", e);
        }
    }

    private HttpRequest request(String method, URI uri, @Nullable Map<String, ?> body, @Nullable String etag)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(ANSWER_TIMEOUT)
                .header("Accept", "application/json")
                .header("OData-Version", "4.0");
        if (token != null) {
            request.header("X-Auth-Token", token);
        } else if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (etag != null) {
            request.header("If-Match", etag);
        }
        if (body == null) {
            return request.method(method, BodyPublishers.noBody()).build();
        }
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    private HttpResponse<String> successful(String what, HttpResponse<String> response) {
        if (response.statusCode() >= 300) {
            throw failure(what, response);
        }
        return response;
    }

    private PowerException failure(String what, HttpResponse<String> response) {
        int status = response.statusCode();
        if (status == 401 || status == 403) {
            return new PowerException(
                    Kind.REFUSED,
                    "%s refuses user %s with the password from %s: status %d on %s."
                            .formatted(description, connection.user(), connection.password(), status, what));
        }
        // 400 and 409 while the host is in its self-test, 412 when the resource changed meanwhile, 5xx for anything.
        boolean passes = status == 400 || status == 409 || status == 412 || status == 429 || status >= 500;
        return new PowerException(
                passes ? Kind.BUSY : Kind.REFUSED,
                "%s answers %s with status %d: %s".formatted(description, what, status, explanation(response)));
    }

    /** The service's own words (DSP0266, error responses), or the body's beginning. */
    private static String explanation(HttpResponse<String> response) {
        try {
            JsonNode error = JSON.readTree(response.body()).path("error");
            JsonNode extended = error.at("/@Message.ExtendedInfo/0/Message");
            return extended.isTextual()
                    ? extended.asText()
                    : error.path("message").asText("no explanation");
        } catch (IOException e) {
            return response.body().strip().lines().findFirst().orElse("no explanation");
        }
    }

    private JsonNode json(HttpResponse<String> response) {
        try {
            return response.body().isBlank() ? MissingNode.getInstance() : JSON.readTree(response.body());
        } catch (IOException e) {
            throw new PowerException(
                    Kind.BUSY,
                    "%s answers %s with what is not JSON."
                            .formatted(description, response.uri().getPath()),
                    e);
        }
    }

    private static Duration retryAfter(HttpResponse<String> response) {
        Duration wait = response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,6}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(DEFAULT_WAIT);
        return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    /** Gives the session back: services have few. */
    void end() {
        URI ending = session;
        if (ending != null) {
            try {
                sendOnce("DELETE", ending.getRawPath(), null, null);
            } catch (PowerException e) {
                // It expires by itself.
            }
        }
        token = null;
        session = null;
    }
}
