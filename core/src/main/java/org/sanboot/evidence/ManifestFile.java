package org.sanboot.evidence;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Writes a manifest to its file and reads it back, whatever has become of the file. */
final class ManifestFile {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
            .addModule(times())
            .build();

    private ManifestFile() {}

    /** Writes the file so that a reader finds the old one or the new one, never a part of it. */
    static void write(Path directory, Manifest manifest) throws IOException {
        Path unfinished = directory.resolve("." + Failure.MANIFEST);
        try {
            Files.write(unfinished, JSON.writeValueAsBytes(manifest));
            Files.move(unfinished, directory.resolve(Failure.MANIFEST), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Takes the secrets out of every value. */
    static Manifest redacted(Manifest manifest, Redaction redaction) {
        return JSON.convertValue(redacted(JSON.valueToTree(manifest), redaction), Manifest.class);
    }

    static Manifest read(Path directory) {
        Path file = directory.resolve(Failure.MANIFEST);
        try {
            return JSON.readValue(Files.readAllBytes(file), Manifest.class);
        } catch (JsonProcessingException e) {
            return unreadable(directory, "The manifest is damaged: " + e.getOriginalMessage());
        } catch (IOException e) {
            return unreadable(directory, "The manifest cannot be read: " + e);
        }
    }

    private static Manifest unreadable(Path directory, String remark) {
        String id = String.valueOf(directory.getFileName());
        var test = new Manifest.Test(id, id, FailureDescription.Kind.TEST);
        return new Manifest(
                Manifest.SCHEMA,
                id,
                lastModified(directory),
                "",
                null,
                test,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of(remark),
                List.of());
    }

    private static Instant lastModified(Path directory) {
        try {
            return Files.getLastModifiedTime(directory).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }

    /** Goes over the values and not over the JSON text, where a secret may be escaped beyond recognition. */
    private static JsonNode redacted(JsonNode node, Redaction redaction) {
        if (node instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(name -> object.set(name, redacted(object.get(name), redaction)));
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, redacted(array.get(i), redaction));
            }
        } else if (node instanceof TextNode text) {
            // Half of a surrogate pair, as in a message cut in the middle of a character, would make the JSON
            // impossible.
            byte[] encodable = redaction.apply(text.textValue()).getBytes(StandardCharsets.UTF_8);
            return TextNode.valueOf(new String(encodable, StandardCharsets.UTF_8));
        }
        return node;
    }

    private static SimpleModule times() {
        return new SimpleModule()
                .addSerializer(Instant.class, new JsonSerializer<>() {
                    @Override
                    public void serialize(Instant value, JsonGenerator json, SerializerProvider provider)
                            throws IOException {
                        json.writeString(value.toString());
                    }
                })
                .addDeserializer(Instant.class, new JsonDeserializer<>() {
                    @Override
                    public Instant deserialize(JsonParser json, DeserializationContext context) throws IOException {
                        try {
                            return Instant.parse(json.getText());
                        } catch (DateTimeException e) {
                            return (Instant)
                                    context.handleWeirdStringValue(Instant.class, json.getText(), "no instant");
                        }
                    }
                })
                .addSerializer(Duration.class, new JsonSerializer<>() {
                    @Override
                    public void serialize(Duration value, JsonGenerator json, SerializerProvider provider)
                            throws IOException {
                        json.writeNumber(value.toMillis());
                    }
                })
                .addDeserializer(Duration.class, new JsonDeserializer<>() {
                    @Override
                    public Duration deserialize(JsonParser json, DeserializationContext context) throws IOException {
                        return Duration.ofMillis(json.getLongValue());
                    }
                });
    }
}
