package org.sanboot.evidence;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.random.RandomGenerator;

/** Names failures so that a person finds them and a shell takes them: {@code 2026-11-22-153012-AgentTests.survives-4f2a}. */
final class FailureId {

    private static final int LONGEST_NAME = 60;
    private static final int LONGEST_SAID = 400;
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd-HHmmss");

    private FailureId() {}

    static String of(FailureDescription description, ZonedDateTime now, RandomGenerator random) {
        String said = description.displayName();
        String name = said.substring(0, Math.min(said.length(), LONGEST_SAID))
                .replaceAll("\\(\\)$", "")
                .replaceAll("[^A-Za-z0-9._-]+", "_")
                .replaceAll("^[._-]+|[._-]+$", "");
        String shortened = name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
        return "%s-%s-%04x"
                .formatted(DATE.format(now), shortened.isEmpty() ? "test" : shortened, random.nextInt(0x10000));
    }
}
