package org.sanboot.lab.observation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.DiskInspection;
import org.sanboot.evidence.inspection.Entry;
import org.sanboot.evidence.inspection.Volume;
import org.sanboot.image.GuestFamily;

/**
 * Takes a guest's logs from its disk, for when the guest itself did not give them any more.
 *
 * <p>The disk must be closed; it is only read. Its content is the guest's and not trusted: names, sizes and the number of
 * files are bounded. Never fails: what cannot be taken is a remark in the evidence.
 */
final class OfflineLogs {

    /**
     * Where the files come to lie in the evidence; below it, they have the path that they have in the guest, but for dollar
     * signs, which shells take for something else.
     */
    private static final String PREFIX = "guest/disk";

    private static final long MOST_BYTES = 32 << 20;
    private static final int MOST_FILES = 100;

    /** It is what a person who waits for a failed test may not even notice; what is not taken by then is left out. */
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** A secret cannot be taken out of these without damage. */
    private static final Pattern BINARY = Pattern.compile("(?i)\\.(journal~?|evtx|dmp)$");

    /** What the evidence takes as a part of a file's name. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_@+=,~-][A-Za-z0-9_@+=,~.-]*");

    /** A directory in the guest, and which files in it are logs. */
    private record Source(String directory, Pattern names) {}

    private static final Source JOURNALS = new Source("/var/log/journal", Pattern.compile(".*\\.journal~?"));

    private static final List<Source> LINUX =
            List.of(new Source("/var/log", Pattern.compile("syslog|kern\\.log|dmesg|messages")));

    private static final Pattern SETUP = Pattern.compile("(?i)setup(err|act|api\\.dev|api\\.setup)\\.log");

    private static final List<Source> WINDOWS = List.of(
            new Source("/Windows/System32/winevt/Logs", Pattern.compile("(?i)(System|Application|Setup)\\.evtx")),
            new Source("/Windows/Panther", SETUP),
            // What an answer file does, and drivers.
            new Source("/Windows/Panther/UnattendGC", SETUP),
            new Source("/Windows/INF", Pattern.compile("(?i)setupapi\\.dev\\.log")),
            // Where Windows Setup writes until it has laid out the new Windows; for good when it fails before.
            new Source("/$WINDOWS.~BT/Sources/Panther", SETUP),
            new Source("/Windows/Minidump", Pattern.compile("(?i).*\\.dmp")));

    private final Evidence.Builder evidence;
    private final Path directory;
    private final Instant deadline = Instant.now().plus(LONGEST);
    private final List<String> leftOut = new ArrayList<>();
    private long bytes;
    private int files;

    private OfflineLogs(Evidence.Builder evidence, Path directory) {
        this.evidence = evidence;
        this.directory = directory;
    }

    /**
     * Adds the logs to the evidence.
     *
     * @param evidence gets them
     * @param disk a qcow2 file that nobody writes to
     * @param family says where a guest has its logs; nothing is known of others than Linux and Windows
     * @param directory for the files until they are moved into the evidence; the caller deletes it
     */
    static void addTo(Evidence.Builder evidence, Path disk, GuestFamily family, Path directory) {
        // A test's time-out may come while its disk is kept; the tools that read it must not end for that.
        boolean interrupted = Thread.interrupted();
        try {
            new OfflineLogs(evidence, directory).take(disk, family);
        } catch (SanbootException | IOException e) {
            evidence.remark("The guest's logs could not be taken from its disk: " + e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void take(Path disk, GuestFamily family) throws IOException {
        if (family == GuestFamily.OTHER) {
            return;
        }
        Files.createDirectories(directory);
        try (var inspection = DiskInspection.open(DiskChain.of(disk).disk(), directory, deadline)) {
            Optional<Volume> volume = volume(inspection, family);
            if (volume.isPresent()) {
                for (Source source : sources(volume.get(), family)) {
                    take(volume.get(), source);
                }
            }
        }
        if (!leftOut.isEmpty()) {
            evidence.remark("Of the logs on the guest's disk these were left out, being too large or too many: %s."
                    .formatted(String.join(", ", leftOut)));
        } else if (files == 0) {
            evidence.remark("There are no logs on the guest's disk.");
        }
    }

    /** The system's volume need not be the largest one. */
    private static Optional<Volume> volume(DiskInspection inspection, GuestFamily family) {
        List<Volume> readable = inspection.volumes().stream()
                .filter(volume -> !volume.fileSystem().isEmpty())
                .toList();
        if (readable.isEmpty()) {
            // Throws, with what there is instead.
            return Optional.of(inspection.volume(Optional.empty()));
        }
        List<Source> sought = family == GuestFamily.WINDOWS ? WINDOWS : LINUX;
        InfrastructureException damage = null;
        for (Volume volume : readable) {
            try {
                if (sought.stream()
                        .anyMatch(source -> !list(volume, source.directory()).isEmpty())) {
                    return Optional.of(volume);
                }
            } catch (InfrastructureException e) {
                damage = damage == null ? e : damage;
            }
        }
        if (damage != null) {
            throw damage;
        }
        return Optional.empty();
    }

    private static List<Source> sources(Volume volume, GuestFamily family) {
        if (family == GuestFamily.WINDOWS) {
            return WINDOWS;
        }
        // systemd keeps one directory for each machine id (journald.conf(5), Storage=).
        List<Source> sources = new ArrayList<>(LINUX);
        list(volume, JOURNALS.directory()).stream()
                .filter(entry -> entry.type() == 'd')
                .forEach(entry -> sources.add(new Source(JOURNALS.directory() + "/" + entry.name(), JOURNALS.names())));
        return sources;
    }

    /** The newest first, so that it is the oldest that are left out. */
    private void take(Volume volume, Source source) throws IOException {
        List<Entry> logs = list(volume, source.directory()).stream()
                .filter(entry -> entry.type() == '-')
                .filter(entry -> PLAIN_NAME.matcher(entry.name()).matches())
                .filter(entry -> source.names().matcher(entry.name()).matches())
                .sorted(Comparator.comparing(Entry::modified).reversed())
                .toList();
        for (Entry log : logs) {
            take(volume, source.directory() + "/" + log.name(), log.bytes());
        }
    }

    private void take(Volume volume, String path, long size) throws IOException {
        if (bytes + size > MOST_BYTES || files == MOST_FILES || Instant.now().isAfter(deadline)) {
            leftOut.add("%s (%s)".formatted(path, new ByteSize(size)));
            return;
        }
        Path file = directory.resolve("log-" + files);
        try (OutputStream sparse = new SparseOutput(file)) {
            volume.copy(path, sparse);
        }
        bytes += size;
        files++;
        String name = PREFIX + path.replace("$", "");
        if (BINARY.matcher(path).find()) {
            evidence.file(name, file);
        } else {
            evidence.text(name, file);
        }
    }

    /** Returns the entries of a directory, none when it is not there. */
    private static List<Entry> list(Volume volume, String directory) {
        try {
            return volume.list(directory);
        } catch (ConfigurationException e) {
            return List.of();
        }
    }
}
