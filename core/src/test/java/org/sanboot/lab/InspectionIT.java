package org.sanboot.lab;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.testing.TestHome;

/** What a person, or a post-mortem, sees of a machine whose test failed. */
@Tag("boot")
@Timeout(300)
class InspectionIT {

    @TempDir
    private Path directory;

    private Lab lab;

    @BeforeEach
    void open() throws IOException {
        lab = Lab.open(new LabConfiguration(TestHome.withTinyGuest(directory.resolve("home")), 1));
    }

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void a_running_machine_is_open_to_ssh_console_and_screen() throws Exception {
        Stay stay = lab.boot(tiny().build());
        Path door;
        try (GuestAccess access = stay.access()) {
            assertThat(access.commands()).hasSize(3);

            Process ssh = new ProcessBuilder(
                            "sh",
                            "-c",
                            access.commands().get(0).replaceFirst("ssh +ssh", "ssh -o BatchMode=yes") + " uname -s")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(new String(ssh.getInputStream().readAllBytes(), UTF_8)).isEqualTo("Linux\n");

            door = path("UNIX-CONNECT:([^ ,]+)", access.commands().get(1));
            typesOnConsole(door);

            Path screen = path("vncviewer ([^ )]+)", access.commands().get(2));
            assertThat(Files.getPosixFilePermissions(screen.getParent()))
                    .containsOnly(
                            PosixFilePermission.OWNER_READ,
                            PosixFilePermission.OWNER_WRITE,
                            PosixFilePermission.OWNER_EXECUTE);
            try (SocketChannel viewer = connect(screen)) {
                // RFC 6143 7.1.1: the server begins with the version of the protocol.
                assertThat(read(viewer, "RFB 003.008\n".length())).isEqualTo("RFB 003.008\n");
            }
        }
        assertThat(door).doesNotExist();

        stay.host().power().cut();
        try (GuestAccess access = stay.access()) {
            assertThat(access.commands()).isEmpty();
        }
    }

    /** The small guest has a shell on its serial line. */
    private static void typesOnConsole(Path door) throws IOException {
        try (SocketChannel visitor = connect(door)) {
            visitor.write(ByteBuffer.wrap("echo typed-$((6 * 7))\n".getBytes(US_ASCII)));
            StringBuilder seen = new StringBuilder();
            while (seen.indexOf("typed-42") < 0) {
                seen.append(read(visitor, 1));
            }
        }
    }

    @Test
    void a_machine_that_does_not_become_ready_can_be_looked_at_before_it_is_ended() {
        List<String> commands = new CopyOnWriteArrayList<>();
        HostRequest request = tiny().readyTimeout(Duration.ofSeconds(3))
                .bootFailed(stay -> {
                    try (GuestAccess access = stay.access()) {
                        commands.addAll(access.commands());
                    }
                })
                .build();

        assertThatThrownBy(() -> lab.boot(request)).isInstanceOf(BootFailedException.class);

        assertThat(commands).hasSize(3);
    }

    @Test
    void the_guests_memory_is_kept_when_that_is_asked_for() throws Exception {
        Stay stay = lab.boot(tiny().memoryDump(true).build());
        assertThat(stay.host().run("echo needle-in-memory > /dev/shm/note || echo needle-in-memory > /tmp/note"))
                .succeeded();

        stay.witness(new AssertionError("as it should not be"));
        assertThat(stay.host().run("true")).as("the guest goes on").succeeded();
        Failure failure = stay.keep(
                new FailureDescription("[test]", "InspectionIT.test()", Kind.TEST, new AssertionError("so it is")));

        Path dump = failure.directory().resolve("memory.elf");
        assertThat(dump).exists();
        try (var in = Files.newInputStream(dump)) {
            assertThat(in.readNBytes(4)).isEqualTo(new byte[] {0x7f, 'E', 'L', 'F'});
        }
        assertThat(Files.size(dump)).isGreaterThan(256L << 20);
        Process grep = new ProcessBuilder("grep", "-c", "--text", "needle-in-memory", dump.toString()).start();
        assertThat(grep.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(grep.exitValue()).isZero();
        assertThat(lab.summary().failuresKept()).isEqualTo(1);
        assertThat(lab.summary().clonesMade()).isEqualTo(1);
        assertThat(lab.summary().keptOnDisk().bytes()).isBetween(1L << 20, 256L << 20);
    }

    @Test
    void a_failure_can_be_called_flaky_and_that_is_counted() {
        Stay stay = lab.boot(tiny().build());
        Failure failure =
                stay.keep(new FailureDescription("[test]", "InspectionIT.test()", Kind.TEST, new AssertionError()));

        lab.markFlaky(failure);

        assertThat(failure.flaky()).isTrue();
        assertThat(lab.summary().failuresFlaky()).isEqualTo(1);
        await("its report says so")
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(failure.report()).content().containsIgnoringCase("flaky"));
    }

    private static Path path(String pattern, String command) {
        Matcher matcher = Pattern.compile(pattern).matcher(command);
        assertThat(matcher.find()).as(command).isTrue();
        return Path.of(matcher.group(1));
    }

    private static SocketChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
    }

    private static String read(SocketChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new IOException("the end");
            }
        }
        return new String(bytes.array(), UTF_8);
    }

    private static HostRequest.Builder tiny() {
        return HostRequest.of(TestHome.TINY).memoryMebibytes(256).purpose("InspectionIT");
    }
}
