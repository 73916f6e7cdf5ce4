package org.sanboot.guest.ssh;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.KeyPair;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** An ssh server in this JVM whose commands are what a test says, and whose files are those of a directory. */
final class FakeGuest implements AutoCloseable {

    static final String USER = "tester";
    static final String PASSWORD = "correct horse";

    private final Map<String, Behaviour> commands = new ConcurrentHashMap<>();
    private final SshServer server = SshServer.setUpDefaultServer();

    /** What a command does, on a thread of its own. */
    @FunctionalInterface
    interface Behaviour {
        void run(Exchange exchange) throws Exception;
    }

    FakeGuest() {
        server.setHost("127.0.0.1");
        server.setCommandFactory((channel, text) -> new FakeCommand(commands.getOrDefault(text, e -> {
            e.complain("sh: " + text + ": not found\n");
            e.exit(127);
        })));
        server.setPasswordAuthenticator((user, password, session) -> USER.equals(user) && PASSWORD.equals(password));
        server.setPublickeyAuthenticator((user, key, session) -> USER.equals(user));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, 10);
        onCommand("exit 0", e -> e.exit(0));
        newHostKey();
    }

    FakeGuest onCommand(String text, Behaviour behaviour) {
        commands.put(text, behaviour);
        return this;
    }

    FakeGuest filesIn(Path directory) {
        server.setFileSystemFactory(new VirtualFileSystemFactory(directory));
        return this;
    }

    FakeGuest newHostKey() {
        var keys = new SimpleGeneratorHostKeyProvider();
        keys.setAlgorithm("EC");
        keys.setKeySize(256);
        server.setKeyPairProvider(keys);
        return this;
    }

    FakeGuest withoutSftp() {
        server.setSubsystemFactories(List.of());
        return this;
    }

    SshServer server() {
        return server;
    }

    /** Listens on the port of last time, the first time on a free one. */
    FakeGuest start() {
        try {
            server.start();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", server.getPort());
    }

    int sessions() {
        return server.getActiveSessions().size();
    }

    /** Ends the connections there are, as a machine does that loses its power. */
    void dropConnections() {
        server.getActiveSessions().forEach(session -> session.close(true));
    }

    SshConfiguration configuration() {
        return configuration(PASSWORD);
    }

    SshConfiguration configuration(String password) {
        return SshConfiguration.of(this::address, USER, new SshAuthentication.Password(() -> password))
                .withConnectTimeout(Duration.ofSeconds(12))
                .withRefusalPatience(Duration.ZERO);
    }

    SshGuest connect() {
        return new SshGuest(configuration());
    }

    static Path key(Path file, String passphrase) throws Exception {
        KeyPair pair = KeyPair.genKeyPair(new JSch(), KeyPair.ECDSA, 256);
        byte[] secret = passphrase.isEmpty() ? null : passphrase.getBytes(StandardCharsets.UTF_8);
        pair.writePrivateKey(file.toString(), secret);
        return file;
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    /** One command's streams, signals and end. */
    static final class Exchange {
        private final FakeCommand command;

        Exchange(FakeCommand command) {
            this.command = command;
        }

        String input() throws IOException {
            return new String(command.in.readAllBytes(), StandardCharsets.UTF_8);
        }

        void print(String text) throws IOException {
            command.out.write(text.getBytes(StandardCharsets.UTF_8));
            command.out.flush();
        }

        void print(byte[] bytes) throws IOException {
            command.out.write(bytes);
            command.out.flush();
        }

        void complain(String text) throws IOException {
            command.err.write(text.getBytes(StandardCharsets.UTF_8));
            command.err.flush();
        }

        void endOutput() throws IOException {
            command.out.close();
            command.err.close();
        }

        void exit(int status) {
            command.callback.onExit(status);
        }

        Signal awaitSignal() throws InterruptedException {
            Signal signal = command.signals.poll(10, TimeUnit.SECONDS);
            if (signal == null) {
                throw new IllegalStateException("no signal came");
            }
            return signal;
        }

        /** RFC 4254, section 6.10. */
        void dieBy(String signal) throws IOException {
            var session = command.channel.getSession();
            Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
            buffer.putUInt(command.channel.getRecipient());
            buffer.putString("exit-signal");
            buffer.putBoolean(false);
            buffer.putString(signal);
            buffer.putBoolean(false);
            buffer.putString("");
            buffer.putString("");
            session.writePacket(buffer);
            command.channel.close(false);
        }
    }

    private static final class FakeCommand implements org.apache.sshd.server.command.Command {
        private final Behaviour behaviour;
        private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
        private InputStream in;
        private OutputStream out;
        private OutputStream err;
        private ExitCallback callback;
        private ChannelSession channel;

        FakeCommand(Behaviour behaviour) {
            this.behaviour = behaviour;
        }

        @Override
        public void setInputStream(InputStream in) {
            this.in = in;
        }

        @Override
        public void setOutputStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void setErrorStream(OutputStream err) {
            this.err = err;
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            this.callback = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) {
            this.channel = channel;
            environment.addSignalListener((ignored, signal) -> signals.add(signal));
            Thread thread = new Thread(this::act, "fake-guest-command");
            thread.setDaemon(true);
            thread.start();
        }

        private void act() {
            try {
                behaviour.run(new Exchange(this));
            } catch (Exception e) {
                complainThatItFailed(e);
            }
        }

        private void complainThatItFailed(Exception failure) {
            try {
                callback.onExit(99, failure.toString());
            } catch (RuntimeException e) {
                // The server has been stopped meanwhile, and nobody listens any more.
            }
        }

        @Override
        public void destroy(ChannelSession channel) {
            // Its thread ends by itself.
        }
    }
}
