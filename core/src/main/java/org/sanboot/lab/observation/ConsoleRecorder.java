package org.sanboot.lab.observation;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.Console;

/** Writes what a console prints to a file, with the time in front of each line. Thread-safe. */
final class ConsoleRecorder implements AutoCloseable {

    private final Path log;
    private final AutoCloseable listening;
    private @Nullable BufferedWriter out;
    private boolean lineBegun;

    ConsoleRecorder(Console console, Path log) {
        this.log = log;
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
                if (!lineBegun && letter != '\r' && letter != '\n') {
                    out.write(Instant.now().truncatedTo(ChronoUnit.MILLIS) + "  ");
                    lineBegun = true;
                }
                if (letter == '\n') {
                    lineBegun = false;
                }
                if (letter != '\r') {
                    out.write(letter);
                }
            }
        } catch (IOException e) {
            // The host's disk is full: the console's own log has what there was room for.
            out = null;
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
                    out.close();
                    out = null;
                }
            } catch (IOException e) {
                out = null;
            }
        }
    }
}
