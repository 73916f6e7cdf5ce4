package org.sanboot.lab.observation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.Guest;
import org.sanboot.guest.WindowsShell;
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

    /** Not all Linux have a journal. */
    private static final Map<String, String> LINUX = Map.of(
            "guest/dmesg.txt",
            "dmesg",
            "guest/journal.txt",
            "if command -v journalctl > /dev/null; then journalctl --boot --no-pager --lines 5000; fi");

    /** What the disk may not have yet; everything else of Windows is taken from there. */
    private static final Map<String, String> WINDOWS = Map.of(
            "guest/system-events.txt", "wevtutil qe System /c:500 /rd:true /f:text",
            "guest/application-events.txt", "wevtutil qe Application /c:500 /rd:true /f:text");

    static GuestLogs none() {
        return new GuestLogs(Map.of(), Optional.empty());
    }

    static GuestLogs fetch(Guest guest, GuestFamily family) {
        return fetch(guest, family, LONGEST);
    }

    /** Asks for everything at once, each with all the time, so that what takes long costs only itself. */
    static GuestLogs fetch(Guest guest, GuestFamily family, Duration longest) {
        Map<String, FutureTask<CommandResult>> asked = new TreeMap<>();
        questions(guest, family, longest).forEach((name, question) -> asked.put(name, asking(question)));
        long deadline = System.nanoTime() + longest.toNanos();
        Map<String, String> texts = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        asked.forEach((name, answer) -> {
            try {
                String text = text(answer, deadline, longest);
                if (!text.isEmpty()) {
                    texts.put(name, text);
                }
            } catch (TestException e) {
                missing.add(name + ": " + e.getMessage());
            }
        });
        return new GuestLogs(
                texts,
                missing.isEmpty()
                        ? Optional.empty()
                        : Optional.of("The guest did not give all its logs. " + String.join("; ", missing)));
    }

    private static Map<String, Callable<CommandResult>> questions(Guest guest, GuestFamily family, Duration longest) {
        Map<String, Callable<CommandResult>> questions = new TreeMap<>();
        switch (family) {
            case LINUX, OTHER ->
                LINUX.forEach((name, text) ->
                        questions.put(name, () -> guest.run(Command.of(text).within(longest))));
            case WINDOWS -> {
                // Read as UTF-8, which it prints only when told to.
                WindowsShell shell = new WindowsShell(guest);
                WINDOWS.forEach((name, text) -> questions.put(name, () -> shell.cmd(text, longest)));
            }
        }
        return questions;
    }

    /** On a thread of its own: a guest that hangs may hold up a connection for longer than a command. */
    private static FutureTask<CommandResult> asking(Callable<CommandResult> question) {
        FutureTask<CommandResult> asking = new FutureTask<>(question);
        Thread thread = new Thread(asking, "sanboot-guest-logs");
        thread.setDaemon(true);
        thread.start();
        return asking;
    }

    /** Returns the answer, or throws why there is none, in a few words. */
    private static String text(FutureTask<CommandResult> asking, long deadline, Duration longest) {
        try {
            CommandResult result = asking.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (result.exitStatus() != 0) {
                throw new TestException("'%s' ended with status %d: %s"
                        .formatted(result.command(), result.exitStatus(), firstLine(result.stderr())));
            }
            return result.stdout();
        } catch (TimeoutException e) {
            asking.cancel(true);
            throw new TestException("it did not answer within %d s".formatted(longest.toSeconds()), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SanbootException known) {
                throw new TestException(firstLine(String.valueOf(known.getMessage())), e);
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            asking.cancel(true);
            Thread.currentThread().interrupt();
            throw new TestException("the test was interrupted", e);
        }
    }

    private static String firstLine(String text) {
        return text.strip().lines().findFirst().orElse("");
    }
}
