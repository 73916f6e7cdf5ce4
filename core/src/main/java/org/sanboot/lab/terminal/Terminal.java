package org.sanboot.lab.terminal;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    private static final int USUAL_COLUMNS = 80;

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

    /**
     * Tells whether a person is at the other end of a stream of this process. Java's own console needs both ends to be a
     * terminal, and from JDK 22 on is there when neither is one.
     *
     * @param descriptor 0 for the input, 1 for the output, 2 for the errors
     * @return false also when that cannot be told
     */
    public static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /**
     * Tells how wide the terminal is that this process writes its output to.
     *
     * @param environment knows {@code COLUMNS}, which wins when it is a number
     * @return columns, {@value #USUAL_COLUMNS} when the terminal does not say; 0 when the output is no terminal
     */
    public static int columns(UnaryOperator<@Nullable String> environment) {
        if (!isTerminal(1)) {
            return 0;
        }
        String columns = Optional.ofNullable(environment.apply("COLUMNS")).orElse("");
        return columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : askedColumns();
    }

    private static int askedColumns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return size.matches("[0-9]+ [1-9][0-9]{0,3}") ? Integer.parseInt(size.split(" ")[1]) : USUAL_COLUMNS;
        } catch (IOException e) {
            return USUAL_COLUMNS;
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
