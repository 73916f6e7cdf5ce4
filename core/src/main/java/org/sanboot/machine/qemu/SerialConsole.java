package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
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
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Console;
import org.slf4j.Logger;

/** A serial line: one log and one set of listeners, and a new connection for each power-on. */
final class SerialConsole implements Console {

    private static final Logger LOGGER = Logging.logger(SerialConsole.class);

    /** ECMA-48 control sequences, other escapes, and what else does not print. */
    private static final Pattern CONTROL =
            Pattern.compile("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b[^\\[\n]|[\\p{Cntrl}&&[^\n\t]]");

    /** Enough for any screenful with its control sequences. */
    private static final int TAIL_BYTES = 256 * 1024;

    private final String machine;
    private final Path log;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable SocketChannel line;

    SerialConsole(String machine, Path log) {
        this.machine = machine;
        this.log = log;
    }

    /** Makes this the line to type on. */
    void attach(SocketChannel channel) {
        line = channel;
    }

    /** Copies from the line to log and listeners until the line ends; the calling thread is the listeners'. */
    void copyUntilEnd(SocketChannel channel) {
        CharsetDecoder decoder = UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        CharBuffer text = CharBuffer.allocate(8192);
        try (channel;
                FileChannel file = FileChannel.open(log, StandardOpenOption.APPEND)) {
            write(file, ByteBuffer.wrap(powerOnMark().getBytes(UTF_8)));
            while (channel.read(bytes) >= 0) {
                bytes.flip();
                write(file, bytes.duplicate());
                decoder.decode(bytes, text.clear(), false);
                // What is left is the beginning of a character.
                bytes.compact();
                tell(text.flip().toString());
            }
        } catch (IOException e) {
            LOGGER.debug("Machine '{}': the console ended: {}", machine, e.toString());
        } finally {
            line = null;
        }
    }

    private static String powerOnMark() {
        return "\n=== powered on %s ===\n".formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    }

    private static void write(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    private void tell(String text) {
        for (Consumer<String> listener : listeners) {
            try {
                listener.accept(text);
            } catch (RuntimeException e) {
                LOGGER.warn("Machine '{}': a console listener failed", machine, e);
            }
        }
    }

    @Override
    public Path log() {
        return log;
    }

    @Override
    public String tail(int lines) {
        String text = CONTROL.matcher(end()).replaceAll("");
        List<String> all = text.lines()
                .map(String::stripTrailing)
                .filter(line -> !line.isEmpty())
                .toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    private String end() {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            file.seek(file.length() - bytes.length);
            file.readFully(bytes);
            return new String(bytes, UTF_8);
        } catch (IOException e) {
            // The run, and the log with it, may be gone already.
            return Files.exists(log) ? "(cannot read " + log + ": " + e + ")" : "";
        }
    }

    @Override
    public AutoCloseable listen(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void type(String text) {
        SocketChannel channel = line;
        if (channel == null) {
            throw new IllegalStateException("Machine '%s' is off; nothing can be typed.".formatted(machine));
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
            synchronized (this) {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
        } catch (IOException e) {
            throw new InfrastructureException("Machine '%s': cannot type on its console: %s".formatted(machine, e), e);
        }
    }
}
