package org.sanboot.evidence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a test did to its machine, step by step, written down as it happens: commands, copies, power, snapshots and waits.
 *
 * <pre>{@code
 * Journal.Step step = journal.begin(Journal.Kind.COMMAND, "systemctl restart agent");
 * step.exited(3, "Job for agent.service failed.");
 * }</pre>
 *
 * <p>One line of JSON when a step begins and one when it ends go to the file at once, so that they outlive this process, and a
 * step that never ended is seen as such. A journal stays below 5 MiB: the first 2 MiB and the last 1 to 2 MiB are kept. Secrets
 * are taken out on the way. It never fails: without room on the host's disk it ends. Thread-safe; steps may overlap.
 */
public final class Journal implements AutoCloseable {

    /** The file in the evidence; two further ones follow it when it is full. */
    static final String FILE = "journal.jsonl";

    static final String BEFORE = "journal-before.jsonl";
    static final String LAST = "journal-last.jsonl";

    private static final int LONGEST_WHAT = 2_000;
    private static final int LONGEST_SAID = 4_000;

    /** What is looked through for secrets before it is shortened. */
    private static final int LONGEST_SEARCHED = 64 << 10;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path directory;
    private final Supplier<Redaction> redaction;
    private final Clock clock;
    private final int beginningBytes;
    private final int endBytes;
    private @Nullable OutputStream out;
    private String file = FILE;
    private long written;
    private int steps;

    private Journal(Path directory, Supplier<Redaction> redaction, Clock clock, int beginningBytes, int endBytes) {
        this.directory = directory;
        this.redaction = redaction;
        this.clock = clock;
        this.beginningBytes = beginningBytes;
        this.endBytes = endBytes;
        this.out = open(file);
    }

    /** What a step does. */
    public enum Kind {
        /** Runs a command in the guest. */
        COMMAND,
        /** Copies files into the guest or out of it. */
        COPY,
        /** Switches the machine on, off or over, or asks its guest to. */
        POWER,
        /** Takes a snapshot of the disk, goes back to one, or makes the disk misbehave. */
        DISK,
        /** Waits for the machine or its guest. */
        WAIT
    }

    /**
     * Opens a journal.
     *
     * @param directory the machine's own
     * @param redaction knows the secrets at the time when it is asked
     * @return the journal, to be closed
     */
    public static Journal in(Path directory, Supplier<Redaction> redaction) {
        return in(directory, redaction, Clock.systemUTC(), 2 << 20, 1 << 20);
    }

    static Journal in(Path directory, Supplier<Redaction> redaction, Clock clock, int beginningBytes, int endBytes) {
        return new Journal(directory, redaction, clock, beginningBytes, endBytes);
    }

    /** A step that is under way; it ends once. */
    public final class Step {

        private final int number;
        private final Instant began;

        private Step(int number, Instant began) {
            this.number = number;
            this.began = began;
        }

        /** Notes that it is done. */
        public void done() {
            write(ending());
        }

        /**
         * Notes that a command ended.
         *
         * @param status its exit status
         * @param said what it printed; the end of it is kept
         */
        public void exited(int status, String said) {
            ObjectNode line = ending().put("status", status);
            String end = end(said.stripTrailing());
            write(end.isEmpty() ? line : line.put("said", end));
        }

        /**
         * Notes that it did not work.
         *
         * @param thrown what it threw
         */
        public void failed(Throwable thrown) {
            Manifest.Thrown told = Objects.requireNonNull(Thrown.describe(thrown));
            String said = told.message() == null ? told.type() : told.message();
            write(ending().put("failed", beginning(said, LONGEST_SAID)));
        }

        private ObjectNode ending() {
            return JSON.createObjectNode()
                    .put("n", number)
                    .put("took", Duration.between(began, clock.instant()).toMillis());
        }
    }

    /**
     * Begins a step.
     *
     * @param kind what it does
     * @param what in words, as a person would type or say it
     * @return to be ended
     */
    public Step begin(Kind kind, String what) {
        Instant now = clock.instant();
        int number = next();
        write(JSON.createObjectNode()
                .put("n", number)
                .put("at", now.toString())
                .put("kind", kind.name().toLowerCase(Locale.ROOT))
                .put("what", beginning(what.strip(), LONGEST_WHAT)));
        return new Step(number, now);
    }

    private synchronized int next() {
        return ++steps;
    }

    private String beginning(String text, int longest) {
        String searched = text.length() <= LONGEST_SEARCHED ? text : text.substring(0, LONGEST_SEARCHED);
        return Thrown.cut(redaction.get().apply(searched), longest);
    }

    private String end(String text) {
        String searched = text.length() <= LONGEST_SEARCHED ? text : text.substring(text.length() - LONGEST_SEARCHED);
        String redacted = redaction.get().apply(searched);
        return redacted.length() <= LONGEST_SAID
                ? redacted
                : "[...] " + redacted.substring(redacted.length() - LONGEST_SAID);
    }

    private synchronized void write(ObjectNode line) {
        if (out == null) {
            return;
        }
        try {
            byte[] bytes = (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
            makeRoom(bytes.length);
            // Not through a channel: an interrupt of the test would close it.
            out.write(bytes);
            written += bytes.length;
        } catch (JsonProcessingException e) {
            // Half of a character, as in output that was cut: a step less.
        } catch (IOException e) {
            close();
        }
    }

    private void makeRoom(int bytes) throws IOException {
        if (written + bytes <= (file.equals(FILE) ? beginningBytes : endBytes)) {
            return;
        }
        Objects.requireNonNull(out).close();
        if (file.equals(LAST)) {
            Files.move(directory.resolve(LAST), directory.resolve(BEFORE), StandardCopyOption.REPLACE_EXISTING);
        }
        file = LAST;
        written = 0;
        out = open(LAST);
        if (out == null) {
            throw new IOException("cannot be opened");
        }
    }

    private @Nullable OutputStream open(String name) {
        try {
            return new FileOutputStream(directory.resolve(name).toFile());
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Returns where the journal is.
     *
     * @return the files that there may be, by their names in the evidence
     */
    public Map<String, Path> files() {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String name : new String[] {FILE, BEFORE, LAST}) {
            if (name.equals(FILE) || Files.exists(directory.resolve(name))) {
                files.put(name, directory.resolve(name));
            }
        }
        return files;
    }

    /** Ends the journal; what is begun or ended later is not noted. */
    @Override
    public synchronized void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                // All that was written went straight to the file.
            }
            out = null;
        }
    }
}
