package org.sanboot.lab.observation;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Redaction;
import org.sanboot.machine.Console;

/**
 * Writes what a console prints to a file, with the time in front of each line and without the secrets that are known by then.
 * A line is in the file as soon as it has ended, for whoever reads the file after this process was killed. Thread-safe.
 */
final class ConsoleRecorder implements AutoCloseable {

    /** What has no end, such as a progress bar, is written in pieces. */
    private static final int LONGEST = 64 << 10;

    private final Path log;
    private final AutoCloseable listening;
    private final Supplier<Redaction> secrets;
    private final StringBuilder line = new StringBuilder();
    private @Nullable BufferedWriter out;

    ConsoleRecorder(Console console, Path log, Supplier<Redaction> secrets) {
        this.log = log;
        this.secrets = secrets;
        try {
            this.out = Files.newBufferedWriter(log);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot write " + log + ": " + e, e);
        }
        this.listening = console.listen(this::printed);
    }

    Path log() {
        return log;
    }

    private synchronized void printed(String text) {
        if (out == null) {
            return;
        }
        try {
            for (int i = 0; i < text.length(); i++) {
                char letter = text.charAt(i);
                if (line.isEmpty() && letter != '\r' && letter != '\n') {
                    line.append(Instant.now().truncatedTo(ChronoUnit.MILLIS)).append("  ");
                }
                if (letter != '\r') {
                    line.append(letter);
                }
                if (letter == '\n' || line.length() == LONGEST) {
                    write();
                }
            }
        } catch (IOException e) {
            // The host's disk is full: the console's own log has what there was room for.
            out = null;
        }
    }

    private void write() throws IOException {
        if (out != null && !line.isEmpty()) {
            out.write(secrets.get().apply(line.toString()));
            out.flush();
            line.setLength(0);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (Exception e) {
            throw new InfrastructureException("Cannot stop listening to a console: " + e, e);
        }
        synchronized (this) {
            try {
                if (out != null) {
                    write();
                    out.close();
                    out = null;
                }
            } catch (IOException e) {
                out = null;
            }
        }
    }
}
