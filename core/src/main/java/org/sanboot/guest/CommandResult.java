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

    @Override
    public CommandResultAssert assertThat() {
        return new CommandResultAssert(this);
    }
}
