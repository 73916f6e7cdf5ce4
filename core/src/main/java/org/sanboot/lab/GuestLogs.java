package org.sanboot.lab;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sanboot.SanbootException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.Guest;
import org.sanboot.image.GuestFamily;

/**
 * What a guest says of itself while it still answers.
 *
 * @param texts by the file's name in the evidence
 * @param trouble why some are missing, in one sentence
 */
record GuestLogs(Map<String, String> texts, Optional<String> trouble) {

    /** Long enough for a slow guest to print its journal, and short enough for a test that hangs with it. */
    private static final Duration LONGEST = Duration.ofSeconds(15);

    private static final Map<String, String> LINUX = Map.of(
            "guest/dmesg.txt", "dmesg",
            "guest/journal.txt", "command -v journalctl > /dev/null && journalctl --boot --no-pager --lines 5000");

    /** What the disk may not have yet; everything else of Windows is taken from there. */
    private static final Map<String, String> WINDOWS = Map.of(
            "guest/system-events.txt", "wevtutil qe System /c:500 /rd:true /f:text",
            "guest/application-events.txt", "wevtutil qe Application /c:500 /rd:true /f:text");

    static GuestLogs none() {
        return new GuestLogs(Map.of(), Optional.empty());
    }

    /** Asks the guest on a thread of its own: a guest that hangs may hold up a connection for longer than a command. */
    static GuestLogs fetch(Guest guest, GuestFamily family) {
        Map<String, String> texts = new ConcurrentHashMap<>();
        FutureTask<Integer> asking = new FutureTask<>(() -> {
            commands(family).forEach((name, command) -> {
                CommandResult result = guest.run(Command.of(command).within(LONGEST));
                if (result.exitStatus() == 0) {
                    texts.put(name, result.stdout());
                }
            });
            return texts.size();
        });
        Thread thread = new Thread(asking, "sanboot-guest-logs");
        thread.setDaemon(true);
        thread.start();
        Optional<String> trouble = await(asking).map(why -> "The guest did not give its logs: " + why);
        return new GuestLogs(Map.copyOf(texts), trouble);
    }

    private static Map<String, String> commands(GuestFamily family) {
        return switch (family) {
            case LINUX, OTHER -> LINUX;
            case WINDOWS -> WINDOWS;
        };
    }

    private static Optional<String> await(FutureTask<Integer> asking) {
        try {
            asking.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
            return Optional.empty();
        } catch (TimeoutException e) {
            asking.cancel(true);
            return Optional.of("it did not answer within %d s.".formatted(LONGEST.toSeconds()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SanbootException known) {
                return Optional.of(String.valueOf(known.getMessage()));
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            asking.cancel(true);
            Thread.currentThread().interrupt();
            return Optional.of("the test was interrupted.");
        }
    }
}
