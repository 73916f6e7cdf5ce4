package org.sanboot.windows.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The ids by which Windows knows time zones, which are not those of the tz database.
 *
 * <p>From Microsoft Learn, "Default time zones", and the keys of Unicode CLDR's {@code windowsZones.xml}.
 */
final class TimeZones {

    private static final List<String> IDS = read();

    private TimeZones() {}

    static Optional<String> problem(String id) {
        if (IDS.contains(id)) {
            return Optional.empty();
        }
        String similar = similar(id);
        return Optional.of("Windows knows no time zone %s; %s."
                .formatted(
                        id,
                        similar.isEmpty()
                                ? "its ids are such as UTC, W. Europe Standard Time or Pacific Standard Time"
                                : "there is " + similar));
    }

    private static String similar(String id) {
        List<String> words = Arrays.stream(id.toLowerCase(Locale.ROOT).split("[^a-z]+"))
                .filter(word -> word.length() > 3)
                .filter(Predicate.not(List.of("standard", "time")::contains))
                .toList();
        return IDS.stream()
                .filter(known -> words.stream().anyMatch(known.toLowerCase(Locale.ROOT)::contains))
                .limit(6)
                .collect(Collectors.joining(", "));
    }

    private static List<String> read() {
        try (InputStream stream =
                Objects.requireNonNull(TimeZones.class.getResourceAsStream("windows-time-zones.txt"))) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
