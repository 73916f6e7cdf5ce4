package org.sanboot.evidence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A step of a test as its journal tells it.
 *
 * @param number counts from 1; a number that is missing was left out
 * @param took nothing when it never ended
 * @param status a command's exit status
 * @param said the end of what a command printed
 * @param failed why it did not work
 */
record JournalEntry(
        int number,
        Instant at,
        String kind,
        String what,
        @Nullable Duration took,
        @Nullable Integer status,
        @Nullable String said,
        @Nullable String failed) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Far more than a whole journal has. */
    private static final int MOST_LINES = 200_000;

    /** A command may fail on purpose, and its test goes on; what threw, or ended with a status, is marked. */
    boolean isBad() {
        return failed != null || (status != null && status != 0);
    }

    /** Reads a failure's journal as far as it can be read. */
    static List<JournalEntry> read(Path directory) {
        Map<Integer, JournalEntry> entries = new TreeMap<>();
        for (String name : List.of(Journal.FILE, Journal.BEFORE, Journal.LAST)) {
            read(directory.resolve(name), entries);
        }
        return new ArrayList<>(entries.values());
    }

    private static void read(Path file, Map<Integer, JournalEntry> entries) {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            for (int i = 0; line != null && i < MOST_LINES; i++) {
                readLine(line, entries);
                line = lines.readLine();
            }
        } catch (IOException e) {
            // There is none, or what was read before is what there is.
        }
    }

    private static void readLine(String line, Map<Integer, JournalEntry> entries) {
        try {
            JsonNode json = JSON.readTree(line);
            int number = json.path("n").asInt();
            if (json.has("at")) {
                entries.put(
                        number,
                        new JournalEntry(
                                number,
                                Instant.parse(json.path("at").asText()),
                                json.path("kind").asText(),
                                json.path("what").asText(),
                                null,
                                null,
                                null,
                                null));
            } else if (entries.containsKey(number)) {
                entries.computeIfPresent(number, (n, begun) -> begun.ended(json));
            }
        } catch (JsonProcessingException | DateTimeException e) {
            // The process ended while it wrote this line.
        }
    }

    private JournalEntry ended(JsonNode json) {
        return new JournalEntry(
                number,
                at,
                kind,
                what,
                Duration.ofMillis(json.path("took").asLong()),
                json.has("status") ? json.path("status").asInt() : null,
                json.has("said") ? json.path("said").asText() : null,
                json.has("failed") ? json.path("failed").asText() : null);
    }
}
