package org.sanboot.guest;

import java.time.Duration;
import org.assertj.core.api.AssertProvider;

/**
 * How a command in a guest ended; AssertJ's own {@code assertThat(result)} knows {@code succeeded()} and more.
 *
 * @param command what was run
 * @param exitStatus 0 to 255; 128 plus the signal when one ended it; a Windows process may return any 32 bits
 * @param stdout what it printed, line ends as the guest made them
 * @param stderr what it complained about
 * @param duration from the request to the end
 */
public record CommandResult(String command, int exitStatus, String stdout, String stderr, Duration duration)
        implements AssertProvider<CommandResultAssert> {

    /** What fits on a screen or two; whoever wants more has the streams themselves. */
    private static final int TRANSCRIPT_LIMIT = 4096;

    /**
     * Returns what was printed, for a message.
     *
     * @return both streams under their names, of each no more than the last 4096 characters
     */
    public String transcript() {
        return "standard output:%n%sstandard error:%n%s"
                .formatted(tail(stdout), tail(stderr))
                .stripTrailing();
    }

    @Override
    public CommandResultAssert assertThat() {
        return new CommandResultAssert(this);
    }

    private static String tail(String text) {
        String stripped = text.stripTrailing();
        if (stripped.isEmpty()) {
            return "  (nothing)%n".formatted();
        }
        if (stripped.length() <= TRANSCRIPT_LIMIT) {
            return stripped.indent(2);
        }
        int cut = stripped.length() - TRANSCRIPT_LIMIT;
        return "  (%d characters before this)%n".formatted(cut)
                + stripped.substring(cut).indent(2);
    }
}
