package org.sanboot.evidence;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;

/** Finds the failure that a person means. */
final class FailureSearch {

    private static final int NAMED = 3;

    private FailureSearch() {}

    static Failure find(String id, List<Failure> all, Path directory) {
        List<Failure> found = matching(id, all);
        if (found.size() == 1) {
            return found.get(0);
        }
        if (found.size() > 1) {
            throw new ConfigurationException("Several failures begin with %s: %s.".formatted(id, names(found)));
        }
        if (all.isEmpty()) {
            throw new ConfigurationException("There is no failure %s: none is kept in %s.".formatted(id, directory));
        }
        throw new ConfigurationException(
                "There is no failure %s. Did you mean %s?".formatted(id, names(near(id, all))));
    }

    private static List<Failure> matching(String id, List<Failure> all) {
        return all.stream()
                .filter(failure -> failure.id().equals(id))
                .findFirst()
                .map(List::of)
                .orElseGet(() -> all.stream()
                        .filter(failure -> !id.isEmpty() && failure.id().startsWith(id))
                        .toList());
    }

    private static List<Failure> near(String id, List<Failure> all) {
        String wanted = id.toLowerCase(Locale.ROOT);
        List<Failure> containing = all.stream()
                .filter(failure -> failure.id().toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
        return containing.isEmpty() ? all : containing;
    }

    private static String names(List<Failure> failures) {
        String names = failures.stream().limit(NAMED).map(Failure::id).collect(Collectors.joining(" or "));
        int others = failures.size() - NAMED;
        return others <= 0 ? names : names + " or one of " + others + " others";
    }
}
