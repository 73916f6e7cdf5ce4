package org.sanboot.cli.failures;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Retention;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prune",
        description = "Delete the oldest failures that are over a budget; pinned ones and those in use stay.")
final class PruneCommand extends FailureAction {

    private static final Pattern AGE = Pattern.compile("([0-9]{1,9})([mhd])");

    @Option(names = "--keep", paramLabel = "COUNT", description = "How many may stay (20 when no budget is given).")
    private Optional<Integer> count = Optional.empty();

    @Option(
            names = "--older-than",
            paramLabel = "AGE",
            description = "Such as 14d, 36h or 90m (14d when no budget is given).")
    private Optional<String> age = Optional.empty();

    @Option(names = "--size", paramLabel = "BYTES", description = "Such as 20G or 500M (20G when no budget is given).")
    private Optional<String> size = Optional.empty();

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only say what would go.")
    private boolean dryRun;

    @Override
    void perform() {
        Retention policy = policy();
        List<Failure> expired = dryRun ? store().expired(policy) : store().prune(policy);
        expired.forEach(failure -> out().println((dryRun ? "would delete " : "deleted ") + failure.id()));
        if (expired.isEmpty()) {
            out().println("Nothing is over the budget.");
        }
    }

    private Retention policy() {
        if (count.isEmpty() && age.isEmpty() && size.isEmpty()) {
            return Retention.defaults();
        }
        Retention none = Retention.unlimited();
        return new Retention(
                count.orElse(none.maximumCount()),
                age.map(PruneCommand::duration).orElse(none.maximumAge()),
                size.map(text -> ByteSize.parse(text).bytes()).orElse(none.maximumBytes()));
    }

    static Duration duration(String text) {
        Matcher matcher = AGE.matcher(text);
        if (!matcher.matches()) {
            throw new ConfigurationException(
                    "The age (%s) must be a number of m, h or d, such as 14d.".formatted(text));
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
