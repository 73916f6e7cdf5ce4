package org.sanboot.machine.qemu;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.process.Run;

/**
 * One power-on of a machine: a QEMU that we started and its connections to us.
 *
 * <p>Two threads belong to it: one reads QMP, tells of events and, when QEMU has gone, of its end; the other copies the
 * console.
 */
final class QemuProcess {

    /** How one power-on came to its end. */
    sealed interface End {

        /** We took the power away. */
        record Cut() implements End {}

        /** The guest switched itself off. */
        record ByGuest() implements End {}

        /** QEMU is gone, and nobody wanted that. */
        record Broken(String why) implements End {}
    }

    /** QEMU connects within milliseconds; a host under heavy load may need longer. */
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    /** Gigabytes to a slow disk. */
    private static final Duration TRANSFER_DEADLINE = Duration.ofMinutes(2);

    private static final Set<String> TRANSFER_ENDS = Set.of("completed", "failed", "cancelled");

    private static final Pattern FORWARD =
            Pattern.compile("TCP\\[HOST_FORWARD\\]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d+)\\s");

    private final String machine;
    private final QemuFiles files;
    private final long errorLogStart;
    private final Process process;
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private volatile CompletableFuture<String> transferred = new CompletableFuture<>();
    private volatile boolean cut;
    private volatile boolean shutDownByGuest;
    private @Nullable QmpConnection qmp;
    private @Nullable Thread consoleThread;
    private int sshPort;

    private QemuProcess(String machine, QemuFiles files, long errorLogStart, Process process) {
        this.machine = machine;
        this.files = files;
        this.errorLogStart = errorLogStart;
        this.process = process;
    }

    /**
     * Starts QEMU with the guest stopped, until {@link #resume()}.
     *
     * @throws InfrastructureException with QEMU's own words, when it does not start
     */
    static QemuProcess start(
            Run run,
            String machine,
            QemuFiles files,
            List<String> commandLine,
            SerialConsole console,
            Consumer<QmpMessage.Event> events) {
        try (ServerSocketChannel qmpServer = listen(files.qmpSocket());
                ServerSocketChannel consoleServer = listen(files.consoleSocket())) {
            long errorLogStart = Files.size(files.errorLog());
            Process process = run.start(new ProcessBuilder(commandLine)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(
                            ProcessBuilder.Redirect.appendTo(files.errorLog().toFile())));
            var started = new QemuProcess(machine, files, errorLogStart, process);
            started.connect(qmpServer, consoleServer, console, events);
            return started;
        } catch (IOException e) {
            throw new InfrastructureException("Machine '%s': cannot start QEMU: %s".formatted(machine, e), e);
        } finally {
            deleteQuietly(files.qmpSocket());
            deleteQuietly(files.consoleSocket());
        }
    }

    long processId() {
        return process.pid();
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }

    private void connect(
            ServerSocketChannel qmpServer,
            ServerSocketChannel consoleServer,
            SerialConsole console,
            Consumer<QmpMessage.Event> events) {
        // A QEMU that goes, or that does not come, ends our waiting for it.
        var unused = process.onExit().thenRun(() -> {
            closeQuietly(qmpServer);
            closeQuietly(consoleServer);
        });
        var deadline = new CompletableFuture<Void>();
        var unusedToo = deadline.orTimeout(START_DEADLINE.toSeconds(), TimeUnit.SECONDS)
                .exceptionally(late -> {
                    process.destroyForcibly();
                    return null;
                });
        try {
            SocketChannel qmpChannel = qmpServer.accept();
            SocketChannel consoleChannel = consoleServer.accept();
            console.attach(consoleChannel);
            consoleThread = startThread("console", () -> console.copyUntilEnd(consoleChannel));
            qmp = new QmpConnection(machine, qmpChannel);
            startThread("qmp", () -> serve(qmpChannel, events));
            qmp().handshake();
            sshPort = forwardedPort(qmp().executeByHuman("info usernet"));
        } catch (IOException | InfrastructureException e) {
            process.destroyForcibly();
            process.onExit().join();
            throw new InfrastructureException(
                    "Machine '%s': QEMU did not start: %s (its command line is in %s)"
                            .formatted(machine, lastWords(), files.commandLine()),
                    e);
        } finally {
            deadline.complete(null);
        }
    }

    private Thread startThread(String what, Runnable action) {
        Thread thread = new Thread(action, "sanboot-" + machine + "-" + what);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void serve(SocketChannel channel, Consumer<QmpMessage.Event> events) {
        try (channel) {
            qmp().readUntilEnd(event -> {
                note(event);
                events.accept(event);
            });
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            if (consoleThread != null) {
                consoleThread.join();
            }
        } catch (IOException e) {
            // Only from closing what QEMU has closed already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            transferred.complete("failed");
            end.complete(howItEnded());
        }
    }

    private End howItEnded() {
        if (cut) {
            return new End.Cut();
        }
        return shutDownByGuest ? new End.ByGuest() : new End.Broken(lastWords());
    }

    /** Lets the guest run. */
    void resume() {
        qmp().execute("cont", Map.of());
    }

    /** Stops the guest and writes all that it is, but for its disks, to a file; it stays stopped until {@link #resume()}. */
    void save(Path state) {
        qmp().execute("stop", Map.of());
        // Without a limit: QEMU spares the network, which is none here.
        qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", Long.MAX_VALUE / 2));
        transfer("migrate", "exec:cat >" + quoted(state));
        // It tells of the completion a moment before it can be told to go on, and of that not at all.
        Awaitility.await("QEMU to have finished the migration")
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(2))
                .atMost(TRANSFER_DEADLINE)
                .until(() -> qmp().execute("query-status", Map.of())
                        .path("status")
                        .asText()
                        .equals("postmigrate"));
    }

    /** Takes over what {@link #save} wrote; QEMU was started to wait for that. */
    void load(Path state) {
        transfer("migrate-incoming", "exec:cat " + quoted(state));
    }

    /** QEMU has no URI for a file before 8.2, and hands this one to a shell. */
    private void transfer(String command, String uri) {
        transferred = new CompletableFuture<>();
        qmp().execute(
                        "migrate-set-capabilities",
                        Map.of("capabilities", List.of(Map.of("capability", "events", "state", true))));
        qmp().execute(command, Map.of("uri", uri));
        String outcome;
        try {
            outcome = transferred.get(TRANSFER_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Machine '%s': interrupted in %s.".formatted(machine, command), e);
        } catch (ExecutionException | TimeoutException e) {
            throw new InfrastructureException(
                    "Machine '%s': QEMU did not end %s: %s".formatted(machine, command, lastWords()), e);
        }
        if (!outcome.equals("completed")) {
            throw new InfrastructureException(
                    "Machine '%s': QEMU's %s has %s: %s".formatted(machine, command, outcome, lastWords()));
        }
    }

    private static String quoted(Path path) {
        return "'" + path.toAbsolutePath().toString().replace("'", "'\\''") + "'";
    }

    private void note(QmpMessage.Event event) {
        String status = event.data().path("status").asText();
        if (event.name().equals("MIGRATION") && TRANSFER_ENDS.contains(status)) {
            transferred.complete(status);
        } else if (event.name().equals("SHUTDOWN")) {
            shutDownByGuest = event.data().path("guest").asBoolean();
        }
    }

    QmpConnection qmp() {
        if (qmp == null) {
            throw new IllegalStateException("not connected");
        }
        return qmp;
    }

    InetSocketAddress sshAddress() {
        try {
            // Not getLoopbackAddress(), which is ::1 for those who prefer IPv6.
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), sshPort);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes the power away and waits until it is gone. */
    void cut() {
        cut = true;
        process.destroyForcibly();
        end.join();
    }

    /** Completes when QEMU has gone and all that it said has been passed on. */
    CompletableFuture<End> end() {
        return end;
    }

    boolean isAlive() {
        return !end.isDone();
    }

    /** What QEMU said last of all, how it ended, or both. */
    private String lastWords() {
        String said = files.lastWords(errorLogStart);
        if (process.isAlive()) {
            return said.isEmpty() ? "QEMU closed its connection without a word" : said;
        }
        int status = process.exitValue();
        if (status > 128) {
            // As a shell counts: 128 and the signal's number. What was said may be long ago.
            return "QEMU was ended by signal %d%s"
                    .formatted(status - 128, said.isEmpty() ? "" : "; it last said: " + said);
        }
        return said.isEmpty() ? "QEMU ended with status %d without a word".formatted(status) : said;
    }

    private static int forwardedPort(String usernet) {
        Matcher forward = FORWARD.matcher(usernet);
        if (!forward.find()) {
            throw new InfrastructureException("QEMU names no port for ssh in: " + usernet.strip());
        }
        return Integer.parseInt(forward.group(1));
    }

    private static void closeQuietly(ServerSocketChannel server) {
        try {
            server.close();
        } catch (IOException e) {
            // It was for waiting only.
        }
    }

    private static void deleteQuietly(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // The run removes the directory in the end.
        }
    }
}
