package org.sanboot.lab.observation;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.DiskInspection;
import org.sanboot.evidence.inspection.Entry;
import org.sanboot.evidence.inspection.Volume;
import org.sanboot.guest.Command;
import org.sanboot.guest.Guest;
import org.sanboot.guest.WindowsShell;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.FilePattern;

/**
 * The files of a product that a test wants to have when it fails: copied out of the running guest if that answers, else
 * taken from its disk.
 *
 * <p>What a guest says of its files is not trusted: up to {@value #MOST_FILES} files and 64 MiB are taken, within half a
 * minute each way; what is more is left out with a remark. Never fails. Used by one thread at a time.
 */
final class CollectedFiles {

    static final int MOST_FILES = 200;

    private static final long MOST_BYTES = 64 << 20;
    private static final int MOST_DIRECTORIES = 1000;

    /** Where the files come to lie in the evidence; below it they have the path that they have in the guest. */
    private static final String PREFIX = "collected/";

    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** For a last file that is under way; a guest that hangs in the middle of it is given up. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final Pattern LISTED = Pattern.compile("(\\d{1,18}) (.+)");
    private static final int SNIFFED = 8192;

    private final List<FilePattern> patterns;
    private final Path directory;
    private Taken taken = new Taken();
    private boolean answered;
    private @Nullable String trouble;

    CollectedFiles(List<FilePattern> patterns, Path directory) {
        this.patterns = patterns;
        this.directory = directory;
    }

    /** What was taken so far, by the path in the guest. */
    private static final class Taken {
        private final Map<String, Path> files = new LinkedHashMap<>();
        private final List<String> leftOut = new ArrayList<>();
        private final Instant deadline = Instant.now().plus(LONGEST);
        private long bytes;
        private int directories;

        boolean hasRoom(String path, long size) {
            if (files.size() < MOST_FILES && bytes + size <= MOST_BYTES && !isLate()) {
                return true;
            }
            leftOut.add("%s (%s)".formatted(path, new ByteSize(size)));
            return false;
        }

        boolean isLate() {
            return Instant.now().isAfter(deadline);
        }

        void add(String path, Path file) throws IOException {
            bytes += Files.size(file);
            files.put(path, file);
        }
    }

    boolean areWanted() {
        return !patterns.isEmpty();
    }

    /** Copies them out of the running guest, on a thread of its own: one that hangs may hold up a copy for long. */
    void fetch(Guest guest, GuestFamily family) {
        FutureTask<Taken> fetching = new FutureTask<>(() -> fetched(guest, family));
        Thread thread = new Thread(fetching, "sanboot-collect");
        thread.setDaemon(true);
        thread.start();
        try {
            taken = fetching.get(LONGEST.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
            answered = true;
        } catch (TimeoutException e) {
            fetching.cancel(true);
            trouble = "it did not give them within %d s".formatted(LONGEST.toSeconds());
        } catch (InterruptedException e) {
            fetching.cancel(true);
            Thread.currentThread().interrupt();
            trouble = "the test was interrupted";
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            trouble = firstLine(cause == null ? null : cause.getMessage());
        }
    }

    private Taken fetched(Guest guest, GuestFamily family) throws IOException {
        Files.createDirectories(directory);
        Taken result = new Taken();
        Map<String, Long> listed = family == GuestFamily.WINDOWS ? listedByWindows(guest) : listedByLinux(guest);
        for (Map.Entry<String, Long> file : listed.entrySet()) {
            String path = file.getKey();
            if (result.hasRoom(path, file.getValue())) {
                Path local = directory.resolve("guest-" + result.files.size());
                try {
                    guest.copyFrom(path, local);
                    result.add(path, local);
                } catch (SanbootException e) {
                    result.leftOut.add("%s (%s)".formatted(path, firstLine(e.getMessage())));
                }
            }
        }
        return result;
    }

    private static String firstLine(@Nullable String text) {
        return String.valueOf(text).lines().findFirst().orElse("");
    }

    private Map<String, Long> listedByLinux(Guest guest) {
        String command = patterns.stream()
                .map(pattern -> "find %s -xdev -maxdepth %d -type f -exec stat -c '%%s %%n' {} +"
                        .formatted(quoted(pattern.directory()), pattern.depth()))
                .collect(Collectors.joining("; ", "(", ") 2> /dev/null | head -n 20000"));
        return listed(guest.run(Command.of(command).within(LONGEST)).stdout());
    }

    private static String quoted(String path) {
        return "'" + path.replace("'", "'\\''") + "'";
    }

    private Map<String, Long> listedByWindows(Guest guest) {
        String script = patterns.stream()
                .map(pattern ->
                        ("Get-ChildItem -LiteralPath '%s' -Recurse -Depth %d -File -Force -ErrorAction SilentlyContinue"
                                        + " | Select-Object -First 20000 | ForEach-Object { '{0} {1}' -f $_.Length, $_.FullName }")
                                .formatted(pattern.directory().replace("'", "''"), pattern.depth() - 1))
                .collect(Collectors.joining("\n"));
        return listed(new WindowsShell(guest).powershell(script, LONGEST).stdout());
    }

    private Map<String, Long> listed(String output) {
        Map<String, Long> files = new TreeMap<>();
        output.lines().map(LISTED::matcher).filter(Matcher::matches).forEach(line -> {
            String path = line.group(2).replace('\\', '/');
            if (patterns.stream().anyMatch(pattern -> pattern.matches(path))) {
                files.put(path, Long.parseLong(line.group(1)));
            }
        });
        return files;
    }

    /** Takes them from a disk that nobody writes to, unless the guest has given them. */
    void takeFrom(Path disk) {
        if (answered) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        Taken result = new Taken();
        try {
            Files.createDirectories(directory);
            try (var inspection = DiskInspection.open(DiskChain.of(disk).disk(), directory, result.deadline)) {
                for (Volume volume : inspection.volumes()) {
                    if (!volume.fileSystem().isEmpty()) {
                        for (FilePattern pattern : patterns) {
                            walk(volume, pattern, pattern.directory(), pattern.depth(), result);
                        }
                    }
                }
            }
        } catch (SanbootException | IOException e) {
            trouble = (trouble == null ? "" : trouble + "; ") + "and its disk cannot be read: " + e.getMessage();
        } finally {
            taken = result;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void walk(Volume volume, FilePattern pattern, String above, int depth, Taken result) throws IOException {
        String prefix = above.endsWith("/") ? above : above + "/";
        if (++result.directories > MOST_DIRECTORIES || result.isLate()) {
            result.leftOut.add(prefix);
            return;
        }
        for (Entry entry : list(volume, onVolume(above))) {
            String path = prefix + entry.name();
            if (entry.type() == 'd' && depth > 1) {
                walk(volume, pattern, path, depth - 1, result);
            } else if (entry.type() == '-'
                    && pattern.matches(path)
                    && !result.files.containsKey(path)
                    && result.hasRoom(path, entry.bytes())) {
                Path file = directory.resolve("disk-" + result.files.size());
                try (OutputStream sparse = new SparseOutput(file)) {
                    volume.copy(onVolume(path), sparse);
                }
                result.add(path, file);
            }
        }
    }

    /** A volume does not know by which letter its guest calls it. */
    private static String onVolume(String path) {
        return path.startsWith("/") ? path : path.substring(2);
    }

    /** Returns the entries of a directory, none when it is not there. */
    private static List<Entry> list(Volume volume, String directory) {
        try {
            return volume.list(directory);
        } catch (ConfigurationException e) {
            return List.of();
        }
    }

    void addTo(Evidence.Builder evidence) {
        Map<String, Path> named = new LinkedHashMap<>();
        taken.files.forEach((path, file) -> {
            String name = PREFIX + evidenceName(path);
            String free = name;
            for (int i = 2; named.containsKey(free); i++) {
                free = name + "-" + i;
            }
            named.put(free, file);
        });
        named.forEach((name, file) -> {
            if (isBinary(file)) {
                evidence.file(name, file);
            } else {
                evidence.text(name, file);
            }
        });
        if (trouble != null) {
            evidence.remark("The files to collect do not come from the running guest: %s.".formatted(trouble));
        }
        if (!taken.leftOut.isEmpty()) {
            evidence.remark("Of the files to collect these were left out (up to %d files, 64 MiB and %d s): %s."
                    .formatted(MOST_FILES, LONGEST.toSeconds(), shortened(taken.leftOut)));
        } else if (named.isEmpty()) {
            evidence.remark("There are no files to collect: nothing in the guest is named by %s."
                    .formatted(patterns.stream().map(FilePattern::toString).collect(Collectors.joining(", "))));
        }
    }

    private static String shortened(List<String> all) {
        int shown = Math.min(all.size(), 20);
        return String.join(", ", all.subList(0, shown))
                + (shown < all.size() ? " and %d more".formatted(all.size() - shown) : "");
    }

    /** The path with what the evidence takes in names; {@code C:/} becomes {@code C/}. */
    private static String evidenceName(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path.charAt(0) + path.substring(2);
        return relative.replaceAll("[^A-Za-z0-9_@+=,~./-]", "_").replaceAll("(^|/)\\.", "$1_.");
    }

    /** A secret cannot be taken out of these without damage. */
    private static boolean isBinary(Path file) {
        try (InputStream content = Files.newInputStream(file)) {
            for (byte each : content.readNBytes(SNIFFED)) {
                if (each == 0) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
