package org.sanboot.guest.ssh;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.sanboot.process.Programs;

/** A real sshd of this host, run by whoever runs the tests, with keys and settings of its own. */
final class OpenSshServer implements AutoCloseable {

    private final Path directory;
    private final int port;
    private Process process;
    private String forcedCommand = "none";

    OpenSshServer(Path directory) throws Exception {
        this.directory = directory;
        this.port = freePort();
        generateKey("host", "ed25519");
        generateKey("user", "ed25519");
        authorize("user");
    }

    /** Skips the test where the package is missing, but fails it where everything has to be there. */
    static void assumeInstalled() {
        boolean installed =
                Programs.find("sshd").isPresent() && Programs.find("ssh-keygen").isPresent();
        String advice = "sshd is missing; apt-get install openssh-server";
        if ("true".equals(System.getenv("CI"))) {
            Assertions.assertTrue(installed, advice);
        }
        Assumptions.assumeTrue(installed, advice);
    }

    Path generateKey(String name, String type) throws Exception {
        Path file = directory.resolve(name);
        Files.deleteIfExists(file);
        run(List.of("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file.toString()));
        return file;
    }

    void authorize(String name) throws IOException {
        Files.copy(
                directory.resolve(name + ".pub"),
                directory.resolve("authorized_keys"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs this in place of every command and of the SFTP server; it finds what was asked for in its environment. */
    OpenSshServer forcing(Path program) {
        forcedCommand = program.toString();
        return this;
    }

    OpenSshServer start() throws IOException {
        boolean root = System.getProperty("user.name").equals("root");
        if (root) {
            // What the service's unit does; sshd insists on it when it can change users.
            Files.createDirectories(Path.of("/run/sshd"));
        }
        Path configuration = Files.writeString(directory.resolve("sshd_config"), """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s/host
                AuthorizedKeysFile %s/authorized_keys
                PidFile none
                StrictModes no
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                UsePAM %s
                Subsystem sftp internal-sftp
                ForceCommand %s
                """.formatted(
                        port, directory, directory, root ? "yes" : "no", forcedCommand));
        process = new ProcessBuilder(
                        Programs.find("sshd").orElseThrow().toString(), "-D", "-e", "-f", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        return this;
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", port);
    }

    SshConfiguration configuration(String keyName) {
        return SshConfiguration.of(
                this::address,
                System.getProperty("user.name"),
                new SshAuthentication.PrivateKey(directory.resolve(keyName)));
    }

    /** Ends the listener and the sessions it has forked. */
    @Override
    public void close() {
        if (process != null) {
            List<ProcessHandle> sessions = process.descendants().toList();
            process.destroy();
            sessions.forEach(ProcessHandle::destroy);
            await("sshd to end").until(() -> !process.isAlive());
        }
    }

    private static void run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("%s: %s".formatted(command, output));
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
