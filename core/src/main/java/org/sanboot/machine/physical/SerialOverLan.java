package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Console;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * A host's serial line by way of its management controller (IPMI 2.0, section 15), as often as the connection must be made
 * anew.
 *
 * <p>A controller has one such session and keeps it when its client dies, so it is deactivated before each connection and
 * at the end. One thread connects and reads; connecting and disconnecting may be called by any.
 */
final class SerialOverLan implements Console, AutoCloseable {

    private static final Logger LOGGER = Logging.logger(SerialOverLan.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration DISCONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final Run run;
    private final String host;
    private final PowerConnection.Ipmi connection;
    private final Path ipmitool;
    private final ConsoleLog log;
    private final Object monitor = new Object();

    /** Guarded by the monitor. */
    private @Nullable Thread reader;

    private volatile @Nullable Process session;
    private final Object keyboardMonitor = new Object();

    /** Whether what is typed next is at the beginning of a line, as ipmitool sees it; guarded by the keyboard's monitor. */
    private boolean lineBegins;

    SerialOverLan(Run run, String host, PowerConnection.Ipmi connection, ConsoleLog log) {
        this.run = run;
        this.host = host;
        this.connection = connection;
        this.log = log;
        this.ipmitool = Programs.require("ipmitool", "ipmitool", "read serial consoles by IPMI");
    }

    /** Begins to read, and goes on until told otherwise; does nothing when it reads. */
    void connect() {
        synchronized (monitor) {
            if (reader == null) {
                Thread thread = new Thread(this::read, "sanboot-console-" + host);
                thread.setDaemon(true);
                reader = thread;
                thread.start();
            }
        }
    }

    /** Stops reading and frees the controller's session; does nothing when it does not read. */
    void disconnect() {
        Thread thread;
        synchronized (monitor) {
            thread = reader;
            reader = null;
        }
        if (thread == null) {
            return;
        }
        Process running = session;
        if (running != null) {
            running.destroy();
        }
        try {
            thread.join(DISCONNECT_TIMEOUT.toMillis());
            thread.interrupt();
            thread.join(DISCONNECT_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        deactivate();
    }

    private boolean isWanted() {
        synchronized (monitor) {
            return Thread.currentThread() == reader;
        }
    }

    private void read() {
        Duration pause = FIRST_PAUSE;
        try {
            while (isWanted()) {
                long begin = System.nanoTime();
                deactivate();
                readSession();
                if (!isWanted()) {
                    return;
                }
                boolean lasted = System.nanoTime() - begin > LONGEST_PAUSE.toNanos();
                pause = lasted ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                log.mark("console lost, what comes now is missing,");
                TimeUnit.MILLISECONDS.sleep(pause.toMillis());
            }
        } catch (InterruptedException e) {
            // Disconnected while it waited.
        } catch (RuntimeException e) {
            LOGGER.warn("Host {}: the console is given up", host, e);
        }
    }

    private static Duration shorter(Duration first, Duration second) {
        return first.compareTo(second) < 0 ? first : second;
    }

    private void readSession() {
        try {
            // ipmitool ends with its standard input, which the process's own stream keeps open.
            Process process = run.start(builder("sol", "activate"));
            synchronized (keyboardMonitor) {
                lineBegins = true;
                session = process;
            }
            try {
                log.mark("console connected");
                log.copy(process.getInputStream());
            } finally {
                session = null;
                process.destroyForcibly();
            }
        } catch (IOException e) {
            LOGGER.debug("Host {}: the console ended: {}", host, e.toString());
        }
    }

    private ProcessBuilder builder(String... command) {
        ProcessBuilder builder =
                new ProcessBuilder(commandLine(command)).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment());
        return builder;
    }

    private List<String> commandLine(String... command) {
        List<String> all = new ArrayList<>(IpmiPower.commandLine(ipmitool, connection));
        all.addAll(List.of(command));
        return all;
    }

    private Map<String, String> environment() {
        return IpmiPower.environment(connection);
    }

    /** Frees the controller's session; that there is none is no error. */
    private void deactivate() {
        try {
            Tool.Result unused =
                    Tool.run("Console of " + host, commandLine("sol", "deactivate"), environment(), COMMAND_TIMEOUT);
        } catch (InfrastructureException e) {
            LOGGER.debug("Host {}: {}", host, e.getMessage());
        }
    }

    @Override
    public Path log() {
        return log.file();
    }

    @Override
    public String tail(int lines) {
        return log.tail(lines);
    }

    @Override
    public AutoCloseable listen(Consumer<String> listener) {
        return log.listen(listener);
    }

    @Override
    public void type(String text) {
        Process running = session;
        if (running == null) {
            throw new IllegalStateException("The console of host '%s' is not connected.".formatted(host));
        }
        try {
            synchronized (keyboardMonitor) {
                OutputStream keyboard = running.getOutputStream();
                keyboard.write(escaped(text).getBytes(UTF_8));
                keyboard.flush();
            }
        } catch (IOException e) {
            throw new InfrastructureException("Host '%s': cannot type on its console: %s".formatted(host, e), e);
        }
    }

    /** A tilde that begins a line is ipmitool's own escape, and two of them send one. */
    private String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            escaped.append(character == '~' && lineBegins ? "~~" : character);
            lineBegins = character == '\n' || character == '\r';
        }
        return escaped.toString();
    }

    @Override
    public void close() {
        disconnect();
    }
}
