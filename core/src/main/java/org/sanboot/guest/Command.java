package org.sanboot.guest;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Something to run in a guest.
 *
 * @param text as a user would type it
 * @param timeout how long it may take, more than zero
 * @param charset of what it reads and prints
 * @param input what it gets on its standard input
 * @param shown what messages call it, when its text is not what a user wrote
 */
public record Command(String text, Duration timeout, Charset charset, String input, String shown) {

    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(1);

    /** Checks the values. */
    public Command {
        Objects.requireNonNull(text, "text");
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout (%s) must be positive".formatted(timeout));
        }
    }

    /**
     * Returns a command with a minute to run, in UTF-8, without input.
     *
     * @param text as a user would type it
     * @return the command
     */
    public static Command of(String text) {
        return new Command(text, DEFAULT_TIMEOUT, StandardCharsets.UTF_8, "", text);
    }

    /**
     * Returns a command for a POSIX shell that runs a program with arguments as they are.
     *
     * @param words the program and its arguments
     * @return the command, with a minute to run
     */
    public static Command ofWords(List<String> words) {
        return of(words.stream()
                .map(word -> word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ")));
    }

    /**
     * Changes the time-out.
     *
     * @param timeout how long it may take, more than zero
     * @return a new command
     */
    public Command within(Duration timeout) {
        return new Command(text, timeout, charset, input, shown);
    }

    /**
     * Changes the charset.
     *
     * @param charset of what it reads and prints
     * @return a new command
     */
    public Command in(Charset charset) {
        return new Command(text, timeout, charset, input, shown);
    }

    /**
     * Changes the input.
     *
     * @param input what it gets on its standard input
     * @return a new command
     */
    public Command withInput(String input) {
        return new Command(text, timeout, charset, input, shown);
    }

    /**
     * Changes what messages and results call it.
     *
     * @param shown what a user wrote
     * @return a new command
     */
    public Command shownAs(String shown) {
        return new Command(text, timeout, charset, input, shown);
    }
}
