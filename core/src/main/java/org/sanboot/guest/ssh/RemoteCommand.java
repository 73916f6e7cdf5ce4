package org.sanboot.guest.ssh;

import com.jcraft.jsch.ChannelExec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;

/** One command on a channel of its own, from its request to its end. Used by one thread. */
final class RemoteCommand {

    private static final int KEPT_BYTES_PER_STREAM = 64 << 20;

    private static final long ENDING_TAKES_AT_MOST_MILLIS = 5000;
    private static final long MILLIS_BETWEEN_SIGNALS = 500;

    /** The names of RFC 4254, section 6.10, with their numbers on Linux. */
    private static final Map<String, Integer> SIGNALS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("ILL", 4),
            Map.entry("ABRT", 6),
            Map.entry("FPE", 8),
            Map.entry("KILL", 9),
            Map.entry("SEGV", 11),
            Map.entry("PIPE", 13),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15),
            Map.entry("USR1", 10),
            Map.entry("USR2", 12));

    /** As a shell has it. */
    private static final int KILLED_BY_A_SIGNAL = 128;

    private static final int NO_STATUS = -1;

    private final SshConnection connection;
    private final ChannelExec channel;
    private final Command command;
    private final long started = System.nanoTime();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Capture stdout = new Capture(KEPT_BYTES_PER_STREAM, () -> {});
    // The library closes this one last, when the channel is closed: only then is the exit status sure to be there.
    private final Capture stderr = new Capture(KEPT_BYTES_PER_STREAM, ended::countDown);

    /** Sets up a channel that is about to be opened. */
    private RemoteCommand(SshConnection connection, ChannelExec channel, Command command) {
        this.connection = connection;
        this.channel = channel;
        this.command = command;
        channel.setCommand(command.text().getBytes(StandardCharsets.UTF_8));
        channel.setInputStream(new Input(command.input().getBytes(command.charset())));
        channel.setOutputStream(stdout);
        channel.setErrStream(stderr);
    }

    /** Runs a command; when its time is over, its process is ended. */
    static CommandResult run(SshConnection connection, Command command) {
        return run(connection, command, RemoteCommand::end);
    }

    /** Runs a command that harms nobody when it goes on, so that no time is spent on ending it. */
    static CommandResult ask(SshConnection connection, Command command) {
        return run(connection, command, unended -> {});
    }

    private static CommandResult run(SshConnection connection, Command command, Consumer<RemoteCommand> whenOverTime) {
        connection.reserve(command.timeout());
        try {
            return start(connection, command).await(whenOverTime);
        } finally {
            connection.release();
        }
    }

    private static RemoteCommand start(SshConnection connection, Command command) {
        return connection.open("exec", ChannelExec.class, channel -> new RemoteCommand(connection, channel, command));
    }

    private CommandResult await(Consumer<RemoteCommand> whenOverTime) {
        try {
            if (ended.await(command.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                return result(exitStatus());
            }
            whenOverTime.accept(this);
            throw new TestException("A command in the guest did not end within %s:%n  %s%n%s"
                    .formatted(Readiness.spoken(command.timeout()), command.shown(), transcript()));
        } catch (InterruptedException e) {
            whenOverTime.accept(this);
            Thread.currentThread().interrupt();
            throw new TestException(
                    "The test was interrupted while a command ran in the guest:%n  %s%n%s"
                            .formatted(command.shown(), transcript()),
                    e);
        } finally {
            channel.disconnect();
        }
    }

    private int exitStatus() {
        String signal = channel.getExitSignal();
        if (signal != null) {
            return KILLED_BY_A_SIGNAL + SIGNALS.getOrDefault(signal, 0);
        }
        // A Windows process may return -1 too.
        if (channel.getExitStatus() == NO_STATUS && SshConnection.ends(channel)) {
            throw SshConnection.lost(
                    "while a command ran in it:%n  %s%n%s".formatted(command.shown(), transcript()), null);
        }
        return channel.getExitStatus();
    }

    /** Ends the process, as far as that is possible; closing the channel alone would leave it running. */
    private void end() {
        Thread ending = new Thread(
                () -> {
                    endTree();
                    signal();
                },
                "sanboot-ssh-ending");
        ending.setDaemon(true);
        ending.start();
        try {
            ending.join(ENDING_TAKES_AT_MOST_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Which of several commands is this one could not be told, so that none is touched when there are several. */
    private void endTree() {
        Optional<Command> killing = connection.system().endOfAllCommands();
        if (killing.isEmpty() || !connection.hasOneChannel()) {
            return;
        }
        try {
            RemoteCommand killer = start(connection, killing.get());
            killer.ended.await(ENDING_TAKES_AT_MOST_MILLIS, TimeUnit.MILLISECONDS);
            killer.channel.disconnect();
        } catch (SanbootException | InterruptedException e) {
            // A guest that is beyond taking commands is beyond this.
        }
    }

    private void signal() {
        try {
            for (String signal : List.of("TERM", "KILL")) {
                if (ended.getCount() > 0) {
                    channel.sendSignal(signal);
                    ended.await(MILLIS_BETWEEN_SIGNALS, TimeUnit.MILLISECONDS);
                }
            }
        } catch (Exception e) {
            // Servers need not know signals (RFC 4254, section 6.9); the one on Windows does not.
        }
    }

    private CommandResult result(int status) {
        return new CommandResult(
                command.shown(),
                status,
                stdout.text(command.charset()),
                stderr.text(command.charset()),
                Duration.ofNanos(System.nanoTime() - started));
    }

    private String transcript() {
        return result(NO_STATUS).transcript();
    }

    /** The input, in portions that go through the window of any server. */
    private static final class Input extends ByteArrayInputStream {

        Input(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, SshConnection.BLOCK_SIZE));
        }
    }
}
