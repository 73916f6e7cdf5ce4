package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/** What came over a serial line, in a file and to whoever listens; marks say when the line was lost. */
final class ConsoleLog {

    private static final Logger LOGGER = Logging.logger(ConsoleLog.class);

    /** ECMA-48 control sequences, other escapes, and what else does not print. */
    private static final Pattern CONTROL =
            Pattern.compile("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b[^\\[\n]|[\\p{Cntrl}&&[^\n\t]]");

    /** Enough for any screenful with its control sequences. */
    private static final int TAIL_BYTES = 256 * 1024;

    private final Path file;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

    ConsoleLog(Path file) {
        this.file = file;
        try {
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot make the console log %s: %s".formatted(file, e), e);
        }
    }

    Path file() {
        return file;
    }

    /** Copies until the stream ends; the calling thread is the listeners'. */
    void copy(InputStream stream) throws IOException {
        CharsetDecoder decoder = UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        CharBuffer text = CharBuffer.allocate(8192);
        for (int read; (read = stream.read(bytes.array(), bytes.position(), bytes.remaining())) >= 0; ) {
            append(ByteBuffer.wrap(bytes.array(), bytes.position(), read));
            bytes.position(bytes.position() + read).flip();
            decoder.decode(bytes, text.clear(), false);
            // What is left is the beginning of a character.
            bytes.compact();
            tell(text.flip().toString());
        }
    }

    /** Writes a line of our own. */
    void mark(String text) {
        String line = "\n=== %s %s ===\n".formatted(text, Instant.now().truncatedTo(ChronoUnit.SECONDS));
        try {
            append(ByteBuffer.wrap(line.getBytes(UTF_8)));
        } catch (IOException e) {
            LOGGER.debug("Cannot write to {}", file, e);
        }
    }

    private synchronized void append(ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    private void tell(String text) {
        for (Consumer<String> listener : listeners) {
            try {
                listener.accept(text);
            } catch (RuntimeException e) {
                LOGGER.warn("A console listener failed", e);
            }
        }
    }

    AutoCloseable listen(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    String tail(int lines) {
        String text = CONTROL.matcher(end()).replaceAll("");
        List<String> all = text.lines()
                .map(String::stripTrailing)
                .filter(line -> !line.isEmpty())
                .toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    private String end() {
        try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(reader.length(), TAIL_BYTES)];
            reader.seek(reader.length() - bytes.length);
            reader.readFully(bytes);
            return new String(bytes, UTF_8);
        } catch (IOException e) {
            // The run, and the log with it, may be gone already.
            return Files.exists(file) ? "(cannot read " + file + ": " + e + ")" : "";
        }
    }
}
