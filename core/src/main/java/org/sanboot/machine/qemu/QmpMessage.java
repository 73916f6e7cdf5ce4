package org.sanboot.machine.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.sanboot.InfrastructureException;

/**
 * What QEMU says in the QEMU Machine Protocol, one JSON object a line.
 *
 * @see <a href="https://www.qemu.org/docs/master/interop/qmp-spec.html">QEMU Machine Protocol Specification</a>
 */
sealed interface QmpMessage {

    ObjectMapper JSON = new ObjectMapper();

    /** The first message on a connection (section 2.2). */
    record Greeting(String version) implements QmpMessage {}

    /** The answer to a command that worked (section 2.4.1). */
    record Success(long id, JsonNode value) implements QmpMessage {}

    /** The answer to a command that did not (section 2.4.2); the id is -1 when the command could not be read. */
    record Failure(long id, String description) implements QmpMessage {}

    /** Something that happened (section 2.5). */
    record Event(String name, JsonNode data) implements QmpMessage {}

    /** Reads a line. */
    static QmpMessage parse(String line) {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new InfrastructureException("QEMU said what is not JSON: " + line, e);
        }
        if (node.has("event")) {
            return new Event(node.path("event").asText(), node.path("data"));
        }
        if (node.has("return")) {
            return new Success(node.path("id").asLong(-1), node.path("return"));
        }
        if (node.has("error")) {
            return new Failure(
                    node.path("id").asLong(-1), node.path("error").path("desc").asText());
        }
        if (node.has("QMP")) {
            JsonNode version = node.path("QMP").path("version").path("qemu");
            return new Greeting("%d.%d.%d"
                    .formatted(
                            version.path("major").asInt(),
                            version.path("minor").asInt(),
                            version.path("micro").asInt()));
        }
        throw new InfrastructureException("QEMU said what is no QMP message: " + line);
    }

    /** Writes a command (section 2.3) as a line. */
    static String command(long id, String name, Map<String, ?> arguments) {
        var node = JSON.createObjectNode().put("execute", name);
        if (!arguments.isEmpty()) {
            node.set("arguments", JSON.valueToTree(arguments));
        }
        return node.put("id", id) + "\n";
    }
}
