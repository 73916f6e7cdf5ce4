package org.sanboot.guest.ssh;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.Guest;

/**
 * A guest that is spoken to over ssh, with one session for everything and a channel for each command or copy.
 *
 * <p>The host key of the first contact is the only one accepted from then on. A session that has died is replaced when
 * the next command comes, but a command is never sent twice. Thread-safe; eight commands and copies run at once, more
 * wait for their turn.
 */
public final class SshGuest implements Guest {

    /** Long for what they do, short for a guest that hangs. */
    private static final Duration OWN_COMMANDS_TAKE_AT_MOST = Duration.ofSeconds(20);

    private final SshConfiguration configuration;
    private final GuestSystem system;
    private final SshConnection connection;

    /**
     * Prepares to speak to a guest; nothing is connected yet.
     *
     * @param configuration where it is and how to log in
     * @throws ConfigurationException when the private key is missing, unreadable, or protected by a passphrase
     */
    public SshGuest(SshConfiguration configuration) {
        this.configuration = configuration;
        this.system = configuration.system();
        this.connection = new SshConnection(configuration);
    }

    @Override
    public CommandResult run(Command command) {
        return RemoteCommand.run(connection, command);
    }

    @Override
    public void copyTo(Path local, String remote) {
        Upload.run(connection, system, local, remote);
    }

    @Override
    public void copyFrom(String remote, Path local) {
        Download.run(connection, system, remote, local);
    }

    @Override
    public void awaitReady(Duration timeout, Supplier<Optional<String>> hopeless) {
        new Readiness(connection, configuration, hopeless, this::unreadiness).await("get ready", timeout);
    }

    @Override
    public String bootId() {
        return bootId(OWN_COMMANDS_TAKE_AT_MOST);
    }

    private String bootId(Duration patience) {
        Command command = system.bootId().orElseThrow(() -> unknown("tell one boot from another"));
        return answer(command.within(patience), "which boot it is in");
    }

    private String answer(Command command, String question) {
        CommandResult result = RemoteCommand.ask(connection, command);
        if (result.exitStatus() != 0 || result.stdout().isBlank()) {
            throw new TestException(
                    "The guest does not say %s:%n  %s%n%s".formatted(question, result.command(), result.transcript()));
        }
        return result.stdout().strip();
    }

    @Override
    public String bootDiskBus() {
        Command command = system.bootDiskBus().orElseThrow(() -> unknown("find the boot disk's bus"));
        return answer(command.within(OWN_COMMANDS_TAKE_AT_MOST), "what bus its boot disk is on");
    }

    @Override
    public void requestShutdown() {
        request(system.shutdown().orElseThrow(() -> unknown("shut down")), "shut down");
    }

    @Override
    public void reboot(Duration timeout, Supplier<Optional<String>> hopeless) {
        Command command = system.reboot().orElseThrow(() -> unknown("reboot"));
        long deadline = System.nanoTime() + timeout.toNanos();
        String before = bootId();
        request(command, "reboot");
        var staysUp = new AtomicBoolean();
        try {
            new Readiness(connection, configuration, hopeless, patience -> {
                        staysUp.set(bootId(patience).equals(before));
                        return staysUp.get()
                                ? Optional.of("it goes on as if not asked to reboot")
                                : unreadiness(patience);
                    })
                    .await("reboot", Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        } catch (InfrastructureException e) {
            if (staysUp.get()) {
                throw new TestException(String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
    }

    @Override
    public void resumed(Duration timeout) {
        Command command = system.resumed(Instant.now()).orElseThrow(() -> unknown("go on from a saved state"));
        CommandResult result;
        try {
            result = run(command.within(timeout));
        } catch (TestException e) {
            throw new InfrastructureException(String.valueOf(e.getMessage()), e);
        }
        if (result.exitStatus() != 0) {
            throw new InfrastructureException("The guest did not take the time: " + result);
        }
    }

    @Override
    public void forgetHostKey() {
        connection.forgetHostKey();
    }

    @Override
    public void disconnect() {
        connection.disconnect();
    }

    @Override
    public void close() {
        connection.close();
    }

    @Override
    public String toString() {
        return "guest of %s".formatted(configuration.user());
    }

    private Optional<String> unreadiness(Duration patience) {
        return system.unreadiness(
                RemoteCommand.ask(connection, system.readiness().within(patience)));
    }

    private void request(Command command, String what) {
        CommandResult result;
        try {
            result = RemoteCommand.ask(connection, command.within(OWN_COMMANDS_TAKE_AT_MOST));
        } catch (InfrastructureException | TestException e) {
            // It went down before it could say how the command ended; which boot it is in will tell.
            return;
        }
        // Above that a signal ended it, which is how a guest that goes down treats its sessions.
        if (result.exitStatus() > 0 && result.exitStatus() < 128) {
            throw new TestException(
                    "The guest refuses to %s:%n  %s%n%s".formatted(what, result.command(), result.transcript()));
        }
    }

    private static ConfigurationException unknown(String what) {
        return new ConfigurationException(
                "How to %s is known for Linux and Windows guests only; say in the configuration which it is"
                        .formatted(what));
    }
}
