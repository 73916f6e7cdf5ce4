package org.sanboot.evidence;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All that was recorded of one machine, ready to be kept.
 *
 * <p>Only the disk and the golden image it stands on are required. Files are taken in the order in which they were
 * added: when the host's disk is full, the last ones are dropped first. A file that is not there is no error, only a
 * remark in the manifest, because whatever died may have died before it wrote anything. Immutable.
 *
 * <pre>{@code
 * Evidence evidence = Evidence.of(sealedOverlay, new Evidence.Image("debian-12", sha256, raw))
 *         .redaction(Redaction.of(secrets))
 *         .bootBegan(began).stage("firmware login", Duration.ofMillis(2100))
 *         .text("console.log", console)
 *         .screenshot(Instant.now(), png)
 *         .build();
 * }</pre>
 */
public final class Evidence {

    private final Path disk;
    private final Image image;
    private final Builder values;
    private final List<Item> items;

    private Evidence(Builder builder) {
        this.disk = builder.disk;
        this.image = builder.image;
        this.values = new Builder(builder);
        this.items = List.copyOf(builder.items);
    }

    /**
     * Starts with what is required.
     *
     * @param disk the sealed overlay; it is moved by a rename, so it must be on the file system of the store
     * @param image what the overlay stands on
     * @return a builder
     */
    public static Builder of(Path disk, Image image) {
        return new Builder(disk, image);
    }

    Path disk() {
        return disk;
    }

    Image image() {
        return image;
    }

    List<Path> layers() {
        return values.layers;
    }

    String imageFormat() {
        return values.imageFormat;
    }

    /** Returns this evidence with what the gatherers add, now that the disk is safe; what throws is a remark. */
    Evidence gathered(Path sealed) {
        Builder all = new Builder(values);
        for (BiConsumer<Path, Builder> gatherer : values.gatherers) {
            Builder before = new Builder(all);
            try {
                gatherer.accept(sealed, all);
            } catch (RuntimeException | Error e) {
                all = before.remark("Some of the evidence could not be gathered: "
                        + Objects.requireNonNull(Thrown.describe(e)).summary());
            }
        }
        return new Evidence(all);
    }

    List<Item> items() {
        return items;
    }

    Optional<String> run() {
        return Optional.ofNullable(values.run);
    }

    Optional<String> host() {
        return Optional.ofNullable(values.host);
    }

    Optional<Instant> bootBegan() {
        return Optional.ofNullable(values.bootBegan);
    }

    Optional<Instant> testBegan() {
        return Optional.ofNullable(values.testBegan);
    }

    Optional<Instant> failedAt() {
        return Optional.ofNullable(values.failedAt);
    }

    Optional<DiskStatistics> statistics() {
        return Optional.ofNullable(values.statistics);
    }

    List<Stage> stages() {
        return List.copyOf(values.stages);
    }

    Map<String, String> machine() {
        return values.machine;
    }

    Map<String, String> facts() {
        return values.facts;
    }

    Map<String, Duration> took() {
        return values.took;
    }

    List<String> remarks() {
        return List.copyOf(values.remarks);
    }

    List<Manifest.FailedTest> failedTests() {
        return List.copyOf(values.failedTests);
    }

    Redaction redaction() {
        return values.redaction;
    }

    /**
     * The golden image that a disk stands on.
     *
     * @param name in the catalogue
     * @param sha256 of its content, in hexadecimal
     * @param path the raw file
     */
    public record Image(String name, String sha256, Path path) {
        /** Checks the values. */
        public Image {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(sha256, "sha256");
            Objects.requireNonNull(path, "path");
        }
    }

    /**
     * A stage of the boot that was reached.
     *
     * @param title as it is printed
     * @param elapsed since the boot began
     */
    public record Stage(String title, Duration elapsed) {}

    /**
     * What the machine did to its disk.
     *
     * @param reads how many read commands
     * @param bytesRead how much they read
     * @param writes how many write commands
     * @param bytesWritten how much they wrote
     * @param flushes how many cache synchronisations
     * @param sessions how many iSCSI sessions there were
     */
    public record DiskStatistics(
            long reads, long bytesRead, long writes, long bytesWritten, long flushes, long sessions) {}

    /** Something that becomes a file of the failure. */
    sealed interface Item {
        /** The file's name in the failure's directory, with {@code /} between directories. */
        String name();

        /** A text on disk, copied without the run's secrets. */
        record Text(String name, Path source) implements Item {}

        /** A text in memory, written without the run's secrets. */
        record Content(String name, String content) implements Item {}

        /** A binary file, moved as it is. */
        record Binary(String name, Path source) implements Item {}
    }

    /** Collects evidence. Not thread-safe. */
    public static final class Builder {

        private final Path disk;
        private final Image image;
        private final List<Item> items = new ArrayList<>();
        private final List<Stage> stages = new ArrayList<>();
        private final Map<String, String> machine = new LinkedHashMap<>();
        private final Map<String, String> facts = new LinkedHashMap<>();
        private final Map<String, Duration> took = new LinkedHashMap<>();
        private final List<String> remarks = new ArrayList<>();
        private final List<Manifest.FailedTest> failedTests = new ArrayList<>();
        private final List<Path> layers = new ArrayList<>();
        private final List<BiConsumer<Path, Builder>> gatherers = new ArrayList<>();
        private String imageFormat = "raw";
        private Redaction redaction = Redaction.none();
        private @Nullable String run;
        private @Nullable String host;
        private @Nullable Instant bootBegan;
        private @Nullable Instant testBegan;
        private @Nullable Instant failedAt;
        private @Nullable DiskStatistics statistics;

        private Builder(Path disk, Image image) {
            this.disk = Objects.requireNonNull(disk, "disk");
            this.image = Objects.requireNonNull(image, "image");
        }

        private Builder(Builder other) {
            this(other.disk, other.image);
            items.addAll(other.items);
            stages.addAll(other.stages);
            machine.putAll(other.machine);
            facts.putAll(other.facts);
            took.putAll(other.took);
            remarks.addAll(other.remarks);
            failedTests.addAll(other.failedTests);
            layers.addAll(other.layers);
            gatherers.addAll(other.gatherers);
            imageFormat = other.imageFormat;
            redaction = other.redaction;
            run = other.run;
            host = other.host;
            bootBegan = other.bootBegan;
            testBegan = other.testBegan;
            failedAt = other.failedAt;
            statistics = other.statistics;
        }

        /**
         * Says what lies between the disk and its image, as snapshots do. The layers stay where they are; what they hold is
         * copied into the kept disk, which then stands on its image alone.
         *
         * @param lowestFirst qcow2 files on the file system of the store, each standing on the one before
         * @param format how the image's file is read by {@code qemu-img}: {@code raw} or {@code qcow2}
         * @return this builder
         */
        public Builder layers(List<Path> lowestFirst, String format) {
            layers.clear();
            layers.addAll(lowestFirst);
            imageFormat = Objects.requireNonNull(format, "format");
            return this;
        }

        /**
         * Adds what is gathered only once the disk is safe, because it takes its time or may fail. When it throws, whatever it
         * throws, what it had added is replaced by a remark.
         *
         * @param gatherer is given the sealed disk, which it only reads, and this evidence to add to
         * @return this builder
         */
        public Builder whenSealed(BiConsumer<Path, Builder> gatherer) {
            gatherers.add(Objects.requireNonNull(gatherer, "gatherer"));
            return this;
        }

        /**
         * Sets what takes the secrets out of every text.
         *
         * @param redaction knows the run's secrets
         * @return this builder
         */
        public Builder redaction(Redaction redaction) {
            this.redaction = Objects.requireNonNull(redaction, "redaction");
            return this;
        }

        /**
         * Sets the run that the failure belongs to; an index groups by it.
         *
         * @param run any text that is the same for all failures of a run, such as when it began
         * @return this builder
         */
        public Builder run(String run) {
            this.run = Objects.requireNonNull(run, "run");
            return this;
        }

        /**
         * Sets the machine's name within its test.
         *
         * @param host the name
         * @return this builder
         */
        public Builder host(String host) {
            this.host = Objects.requireNonNull(host, "host");
            return this;
        }

        /**
         * Sets when the boot began that the stages count from.
         *
         * @param instant the beginning
         * @return this builder
         */
        public Builder bootBegan(Instant instant) {
            this.bootBegan = Objects.requireNonNull(instant, "instant");
            return this;
        }

        /**
         * Adds a stage of the boot that was reached.
         *
         * @param title as it is printed
         * @param elapsed since the boot began
         * @return this builder
         */
        public Builder stage(String title, Duration elapsed) {
            stages.add(new Stage(Objects.requireNonNull(title, "title"), Objects.requireNonNull(elapsed, "elapsed")));
            return this;
        }

        /**
         * Sets when the test was given its machine.
         *
         * @param instant the beginning
         * @return this builder
         */
        public Builder testBegan(Instant instant) {
            this.testBegan = Objects.requireNonNull(instant, "instant");
            return this;
        }

        /**
         * Sets when the test, or the boot, failed.
         *
         * @param instant the instant of the failure
         * @return this builder
         */
        public Builder failedAt(Instant instant) {
            this.failedAt = Objects.requireNonNull(instant, "instant");
            return this;
        }

        /**
         * Sets what the machine did to its disk.
         *
         * @param statistics the counters at the end
         * @return this builder
         */
        public Builder statistics(DiskStatistics statistics) {
            this.statistics = Objects.requireNonNull(statistics, "statistics");
            return this;
        }

        /**
         * Describes the machine.
         *
         * @param property such as {@code firmware}, {@code memory} or {@code qemu}
         * @param value as it is printed
         * @return this builder
         */
        public Builder machine(String property, String value) {
            machine.put(Objects.requireNonNull(property, "property"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Adds anything else worth knowing.
         *
         * @param property what it is
         * @param value as it is printed
         * @return this builder
         */
        public Builder fact(String property, String value) {
            facts.put(Objects.requireNonNull(property, "property"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /**
         * Adds how long it took to gather a part of the evidence.
         *
         * @param what was gathered, such as {@code screenshot}
         * @param time is added to what was said of the same before
         * @return this builder
         */
        public Builder took(String what, Duration time) {
            took.merge(Objects.requireNonNull(what, "what"), Objects.requireNonNull(time, "time"), Duration::plus);
            return this;
        }

        /**
         * Adds a sentence about the evidence itself, such as why some is missing.
         *
         * @param sentence one sentence
         * @return this builder
         */
        public Builder remark(String sentence) {
            remarks.add(Objects.requireNonNull(sentence, "sentence"));
            return this;
        }

        /**
         * Names a test that failed on a machine which several tests share, one after the other.
         *
         * @param displayName for people
         * @param at when it failed
         * @param thrown what it threw
         * @param sealed the disk as the test left it, one of the {@linkplain #layers layers}, in the directory of the machine's
         *     own; null when it was not set aside
         * @return this builder
         */
        public Builder failedTest(String displayName, Instant at, Throwable thrown, @Nullable Path sealed) {
            failedTests.add(new Manifest.FailedTest(
                    Objects.requireNonNull(displayName, "displayName"),
                    Objects.requireNonNull(at, "at"),
                    Objects.requireNonNull(Thrown.describe(thrown)).summary(),
                    sealed == null ? null : String.valueOf(sealed.getFileName())));
            return this;
        }

        /**
         * Adds what a test did to its machine. The report shows it as its steps.
         *
         * @param journal is copied as it is when the failure is kept
         * @return this builder
         */
        public Builder journal(Journal journal) {
            journal.files().forEach(this::text);
            return this;
        }

        /**
         * Adds a text file, which is copied without the run's secrets. The name {@code console.log} is the one that the
         * report shows.
         *
         * @param name relative, with {@code /} between directories
         * @param source left as it is
         * @return this builder
         */
        public Builder text(String name, Path source) {
            items.add(new Item.Text(checked(name), Objects.requireNonNull(source, "source")));
            return this;
        }

        /**
         * Adds a text, which is written without the run's secrets.
         *
         * @param name relative, with {@code /} between directories
         * @param content any text
         * @return this builder
         */
        public Builder text(String name, String content) {
            items.add(new Item.Content(checked(name), Objects.requireNonNull(content, "content")));
            return this;
        }

        /**
         * Adds a file that is no text, such as a memory dump; it is moved as it is.
         *
         * @param name relative, with {@code /} between directories
         * @param source gone afterwards
         * @return this builder
         */
        public Builder file(String name, Path source) {
            items.add(new Item.Binary(checked(name), Objects.requireNonNull(source, "source")));
            return this;
        }

        /**
         * Adds a screenshot; it is moved, and named after the time when it was taken.
         *
         * @param taken when
         * @param png gone afterwards
         * @return this builder
         */
        public Builder screenshot(Instant taken, Path png) {
            Instant free = taken;
            while (isTaken(Manifest.Screenshot.nameOf(free))) {
                free = free.plusMillis(1);
            }
            return file(Manifest.Screenshot.nameOf(free), png);
        }

        /**
         * Completes the evidence.
         *
         * @return an immutable copy
         */
        public Evidence build() {
            return new Evidence(this);
        }

        private boolean isTaken(String name) {
            return items.stream().anyMatch(item -> item.name().equals(name));
        }

        private String checked(String name) {
            boolean plain = name.matches(
                    "[A-Za-z0-9_@+=,~ -][A-Za-z0-9_@+=,~ .-]*(/[A-Za-z0-9_@+=,~ -][A-Za-z0-9_@+=,~ .-]*)*");
            boolean ours = Trees.isOurs(name);
            boolean taken = isTaken(name);
            if (!plain || ours || taken) {
                throw new IllegalArgumentException(
                        "The evidence's file name (%s) %s."
                                .formatted(
                                        name,
                                        taken
                                                ? "is taken already"
                                                : ours
                                                        ? "is reserved"
                                                        : "must be relative, of letters, digits and ._@+=,~- only, and no part may start with a dot"));
            }
            return name;
        }
    }
}
