package org.sanboot.evidence;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.evidence.Evidence.DiskStatistics;

/**
 * What was recorded of a failure: the content of its {@code manifest.json}.
 *
 * <p>A reader of the file checks {@link #schema()}: the number changes when a value changes its meaning or goes away, and
 * stays when one is added. Instants are written in ISO 8601, durations as milliseconds, sizes as bytes.
 *
 * @param schema {@value #SCHEMA}
 * @param id the failure's name in the store
 * @param keptAt when it was kept
 * @param sanboot the version that kept it
 * @param run the run it belongs to
 * @param test which test failed
 * @param exception what it threw
 * @param host the machine's name within its test
 * @param image the golden image that the disk stands on
 * @param bootBegan when the boot began that the stages count from
 * @param stages the stages of the boot that were reached
 * @param testBegan when the test was given its machine
 * @param failedAt when the test, or the boot, failed
 * @param statistics what the machine did to its disk
 * @param machine the machine's properties
 * @param labHost the properties of the computer that the lab ran on
 * @param facts anything else
 * @param took how long it took to gather the evidence, by what was done: {@code sealing}, {@code screenshot}, {@code guest
 *     logs}
 * @param files what was kept beside the disk
 * @param remarks sentences about the evidence itself, such as what had to be left out
 * @param failedTests all tests that failed on a machine that several tests share, in the order of their failures
 */
public record Manifest(
        int schema,
        String id,
        Instant keptAt,
        String sanboot,
        @Nullable String run,
        Test test,
        @Nullable Thrown exception,
        @Nullable String host,
        @Nullable Image image,
        @Nullable Instant bootBegan,
        List<Stage> stages,
        @Nullable Instant testBegan,
        @Nullable Instant failedAt,
        @Nullable DiskStatistics statistics,
        Map<String, String> machine,
        Map<String, String> labHost,
        Map<String, String> facts,
        Map<String, Duration> took,
        List<KeptFile> files,
        List<String> remarks,
        List<FailedTest> failedTests) {

    /** The version of the format that this version of Sanboot writes. */
    public static final int SCHEMA = 1;

    /** The fact that says what broke down under the test, as a kernel's panic does; often the reason for what it threw. */
    public static final String SEEN_FROM_OUTSIDE = "seen from outside";

    /** Fills in what an older or a damaged file lacks. */
    public Manifest {
        id = Objects.requireNonNullElse(id, "");
        keptAt = Objects.requireNonNullElse(keptAt, Instant.EPOCH);
        sanboot = Objects.requireNonNullElse(sanboot, "");
        test = Objects.requireNonNullElse(test, Test.UNKNOWN);
        stages = copyOf(stages);
        machine = Objects.requireNonNullElse(machine, Map.of());
        labHost = Objects.requireNonNullElse(labHost, Map.of());
        facts = Objects.requireNonNullElse(facts, Map.of());
        took = Objects.requireNonNullElse(took, Map.of());
        files = copyOf(files);
        remarks = copyOf(remarks);
        failedTests = copyOf(failedTests);
    }

    private static <T> List<T> copyOf(@Nullable List<T> values) {
        return values == null
                ? List.of()
                : values.stream().filter(Objects::nonNull).toList();
    }

    /**
     * Returns the screenshots among the files.
     *
     * @return the oldest first
     */
    public List<Screenshot> screenshots() {
        return files.stream()
                .flatMap(file -> Screenshot.of(file.name()).stream())
                .sorted(Comparator.comparing(Screenshot::taken))
                .toList();
    }

    Manifest with(List<KeptFile> newFiles, List<String> newRemarks) {
        return with(took, newFiles, newRemarks);
    }

    Manifest withTook(Map<String, Duration> newTook) {
        return with(newTook, files, remarks);
    }

    private Manifest with(Map<String, Duration> newTook, List<KeptFile> newFiles, List<String> newRemarks) {
        return new Manifest(
                schema,
                id,
                keptAt,
                sanboot,
                run,
                test,
                exception,
                host,
                image,
                bootBegan,
                stages,
                testBegan,
                failedAt,
                statistics,
                machine,
                labHost,
                facts,
                newTook,
                newFiles,
                newRemarks,
                failedTests);
    }

    /**
     * Which test failed.
     *
     * @param id the framework's unique id
     * @param displayName for people
     * @param kind whose the failure is
     */
    public record Test(String id, String displayName, FailureDescription.Kind kind) {

        static final Test UNKNOWN = new Test("", "", FailureDescription.Kind.TEST);

        /** Fills in what a damaged file lacks. */
        public Test {
            id = Objects.requireNonNullElse(id, "");
            displayName = Objects.requireNonNullElse(displayName, "");
            kind = Objects.requireNonNullElse(kind, FailureDescription.Kind.TEST);
        }
    }

    /**
     * A test that failed on a machine which it shares with others.
     *
     * @param displayName for people
     * @param at when
     * @param message the first line of what it said
     * @param disk the file beside the disk that holds what was on it then, or null when that could not be set aside
     */
    public record FailedTest(
            String displayName,
            Instant at,
            String message,
            @Nullable String disk) {
        /** Fills in what a damaged file lacks. */
        public FailedTest {
            displayName = Objects.requireNonNullElse(displayName, "");
            at = Objects.requireNonNullElse(at, Instant.EPOCH);
            message = Objects.requireNonNullElse(message, "");
        }
    }

    /**
     * What a test threw.
     *
     * @param type the class's name
     * @param message what it said, if anything
     * @param stackTrace as Java prints it, with the causes
     */
    public record Thrown(String type, @Nullable String message, String stackTrace) {
        /** Fills in what a damaged file lacks. */
        public Thrown {
            type = Objects.requireNonNullElse(type, "");
            stackTrace = Objects.requireNonNullElse(stackTrace, "");
        }

        /** Returns the type and what was said, in one line. */
        String summary() {
            String said =
                    message == null ? "" : message.strip().lines().findFirst().orElse("");
            return said.isEmpty()
                    ? type
                    : "%s: %s".formatted(type, said.length() <= 300 ? said : said.substring(0, 300));
        }
    }

    /**
     * The golden image that the disk stands on.
     *
     * @param name in the catalogue
     * @param sha256 of its content, in hexadecimal
     * @param path its file as it was then
     * @param format how {@code qemu-img} reads the file: {@code raw} or {@code qcow2}; older manifests do not say
     */
    public record Image(
            String name,
            String sha256,
            String path,
            @Nullable String format) {
        /** Fills in what a damaged file lacks. */
        public Image {
            name = Objects.requireNonNullElse(name, "");
            sha256 = Objects.requireNonNullElse(sha256, "");
            path = Objects.requireNonNullElse(path, "");
        }
    }

    /**
     * A stage of the boot that was reached.
     *
     * @param title as it was printed
     * @param elapsed since the boot began
     */
    public record Stage(String title, Duration elapsed) {
        /** Fills in what a damaged file lacks. */
        public Stage {
            title = Objects.requireNonNullElse(title, "");
            elapsed = Objects.requireNonNullElse(elapsed, Duration.ZERO);
        }
    }

    /**
     * A file that was kept beside the disk.
     *
     * @param name relative to the failure's directory
     * @param bytes its length
     */
    public record KeptFile(String name, long bytes) {
        /** Fills in what a damaged file lacks. */
        public KeptFile {
            name = Objects.requireNonNullElse(name, "");
        }
    }

    /**
     * A screenshot among the files.
     *
     * @param name relative to the failure's directory
     * @param taken when
     */
    public record Screenshot(String name, Instant taken) {

        private static final String DIRECTORY = "screenshots/";
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

        static String nameOf(Instant taken) {
            return DIRECTORY + TIME.format(taken) + ".png";
        }

        private static Optional<Screenshot> of(String name) {
            if (!name.startsWith(DIRECTORY) || !name.endsWith(".png")) {
                return Optional.empty();
            }
            String time = Path.of(name).getFileName().toString().replace(".png", "");
            try {
                return Optional.of(new Screenshot(name, TIME.parse(time, Instant::from)));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }
    }
}
