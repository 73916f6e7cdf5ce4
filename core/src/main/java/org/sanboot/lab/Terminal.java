package org.sanboot.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a person reads while machines boot: lines that stay and, on a real terminal, below them a last line that is
 * rewritten in place.
 *
 * <p>Each line is written at once, so that lines of parallel tests do not mix. Thread-safe.
 */
public final class Terminal {

    /** Wide enough for any terminal: a line that wraps cannot be rewritten. */
    private static final int WIDTH = 79;

    /** ECMA-48: carriage return and Erase in Line, then Select Graphic Rendition. */
    private static final String ERASE = "\r\u001b[K";

    private static final String RED = "\u001b[31m";
    private static final String YELLOW = "\u001b[33m";
    private static final String PLAIN = "\u001b[0m";

    private final Consumer<String> output;
    private final boolean rewrites;
    private final boolean colours;
    private String status = "";

    private Terminal(Consumer<String> output, boolean rewrites, boolean colours) {
        this.output = output;
        this.rewrites = rewrites;
        this.colours = colours;
    }

    /**
     * Returns what this process's standard output or standard error is.
     *
     * @param descriptor 1 or 2
     * @param output writes a text, with line ends where it has some, and flushes it
     * @param environment knows {@code TERM}, which rules out the rewriting when it is missing or {@code dumb}, and {@code
     *     NO_COLOR}, which rules out colours when it is not empty (no-color.org)
     * @return a terminal, or plain lines when the descriptor leads elsewhere, as it does in the JVM of a build tool
     */
    public static Terminal of(int descriptor, Consumer<String> output, UnaryOperator<@Nullable String> environment) {
        String type = Optional.ofNullable(environment.apply("TERM")).orElse("dumb");
        boolean rewrites = isTerminal(descriptor) && !type.equals("dumb");
        boolean colours = rewrites
                && Optional.ofNullable(environment.apply("NO_COLOR")).orElse("").isEmpty();
        return new Terminal(output, rewrites, colours);
    }

    /**
     * Returns a place for plain lines.
     *
     * @param output writes a text, with line ends where it has some
     * @return never rewritten and without colours
     */
    public static Terminal plain(Consumer<String> output) {
        return new Terminal(output, false, false);
    }

    static Terminal rewriting(Consumer<String> output, boolean colours) {
        return new Terminal(output, true, colours);
    }

    /** System.console() needs both ends to be a terminal, and from JDK 22 on is there when neither is one. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /**
     * Tells whether there is a line that can be rewritten.
     *
     * @return false when a {@linkplain #status status} is not shown
     */
    public boolean rewrites() {
        return rewrites;
    }

    /**
     * Prints what stays.
     *
     * @param text one or several lines, without the last one's end
     */
    public synchronized void print(String text) {
        output.accept((rewrites ? ERASE : "") + text + System.lineSeparator() + status);
    }

    /**
     * Rewrites the last line.
     *
     * @param text shortened to what fits; empty for no such line
     */
    public synchronized void status(String text) {
        if (rewrites && !(status.isEmpty() && text.isEmpty())) {
            status = text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
            output.accept(ERASE + status);
        }
    }

    /**
     * Makes a text stand out as bad.
     *
     * @param text any text
     * @return in red where there are colours
     */
    public String bad(String text) {
        return colours ? RED + text + PLAIN : text;
    }

    /**
     * Makes a text stand out as doubtful.
     *
     * @param text any text
     * @return in yellow where there are colours
     */
    public String doubtful(String text) {
        return colours ? YELLOW + text + PLAIN : text;
    }
}
