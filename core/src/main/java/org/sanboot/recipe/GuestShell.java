package org.sanboot.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.sanboot.TestException;
import org.sanboot.evidence.Redaction;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootedHost;

/** The way into a guest whose failures say what a recipe's author needs to know, without the recipe's secrets. */
final class GuestShell {

    private static final int SHOWN_LINES = 20;

    private final BootedHost host;
    private final Supplier<Optional<String>> trouble;
    private final Redaction redaction;

    /**
     * Makes the way into a guest.
     *
     * @param trouble why the machine will do nothing more, as soon as that is seen
     * @param redaction takes the recipe's secrets out of messages
     */
    GuestShell(BootedHost host, Supplier<Optional<String>> trouble, Redaction redaction) {
        this.host = host;
        this.trouble = trouble;
        this.redaction = redaction;
    }

    /** Says why the machine will do nothing more, if it will not. */
    Optional<String> trouble() {
        return trouble.get();
    }

    BootedHost host() {
        return host;
    }

    /** Runs a command that must end with status 0. */
    void run(Command command) {
        run(command, Set.of(0));
    }

    /** Runs a command that must end with one of these statuses. */
    void run(Command command, Set<Integer> fine) {
        CommandResult result = answer(command);
        if (!fine.contains(result.exitStatus())) {
            throw new TestException("ended with status %d after %.1f s; %s"
                    .formatted(result.exitStatus(), result.duration().toMillis() / 1000.0, endOfOutput(result)));
        }
    }

    /** What the guest says to a command, whatever that is. */
    @SuppressWarnings("UnusedException") // Its message may hold secrets, and so may its stack trace.
    private CommandResult answer(Command command) {
        try {
            return host.run(command);
        } catch (TestException e) {
            throw new TestException(redaction.apply(String.valueOf(e.getMessage())));
        }
    }

    void copy(Path local, String remote) {
        host.copyTo(local, remote);
    }

    private String endOfOutput(CommandResult result) {
        List<String> lines = redaction
                .apply(result.stdout() + result.stderr())
                .stripTrailing()
                .lines()
                .toList();
        if (lines.isEmpty()) {
            return "it printed nothing";
        }
        List<String> last = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
        return "the end of its output:\n" + String.join("\n", last).indent(4).stripTrailing();
    }
}
