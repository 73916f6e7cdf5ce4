package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;

/** Against the ssh server that most guests have. */
@Tag("boot")
@Timeout(60)
class OpenSshIT {

    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private OpenSshServer server;
    private SshGuest guest;

    @BeforeAll
    static void assumeInstalled() {
        OpenSshServer.assumeInstalled();
    }

    @BeforeEach
    void start() throws Exception {
        server = new OpenSshServer(directory).start();
        guest = new SshGuest(server.configuration("user"));
        guest.awaitReady(LONG, Optional::empty);
    }

    @AfterEach
    void close() {
        guest.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa", "ecdsa", "ed25519"})
    void every_usual_kind_of_key_logs_in(String type) throws Exception {
        server.generateKey("other", type);
        server.authorize("other");

        try (var other = new SshGuest(server.configuration("other"))) {
            assertThat(other.run("exit 0")).succeeded();
        }
    }

    @Test
    void commands_end_with_their_streams_and_their_status_every_time() {
        for (int i = 0; i < 30; i++) {
            CommandResult result = guest.run("echo out; echo err >&2; exit 42");

            assertThat(result).hasExitStatus(42);
            assertThat(result.stdout()).isEqualTo("out\n");
            assertThat(result.stderr()).isEqualTo("err\n");
        }
    }

    @Test
    void input_and_much_output_on_both_streams_pass() {
        String input = "0123456789abcde\n".repeat(200_000);

        CommandResult result = guest.run(Command.of("tee /dev/stderr").withInput(input));

        assertThat(result).succeeded();
        assertThat(result.stdout()).isEqualTo(input);
        assertThat(result.stderr()).isEqualTo(input);
    }

    @Test
    void death_by_a_signal_is_a_status_above_128() {
        assertThat(guest.run("kill -9 $$")).hasExitStatus(137);
        assertThat(guest.run("kill -TERM $$")).hasExitStatus(143);
    }

    @Test
    void a_command_that_takes_too_long_leaves_no_process_behind() {
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() ->
                        guest.run(Command.of("trap '' TERM; (sleep 60; :) & echo pid=$!; while :; do sleep 1; done")
                                .within(Duration.ofSeconds(1))))
                .satisfies(e -> {
                    var pid = Pattern.compile("pid=(\\d+)").matcher(String.valueOf(e.getMessage()));
                    assertThat(pid.find()).isTrue();
                    await("the command's process to be gone")
                            .until(() -> ProcessHandle.of(Long.parseLong(pid.group(1)))
                                    .filter(ProcessHandle::isAlive)
                                    .isEmpty());
                });
    }

    @Test
    void more_commands_at_once_than_the_server_allows_channels_all_run() {
        List<CompletableFuture<CommandResult>> running = IntStream.range(0, 40)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> guest.run("sleep 0.1; echo " + i), task -> new Thread(task).start()))
                .toList();

        for (int i = 0; i < running.size(); i++) {
            assertThat(running.get(i).join()).succeeded().hasOutput(String.valueOf(i));
        }
    }

    @Test
    void a_session_that_dies_under_a_command_is_lost_and_the_next_command_has_a_new_one() {
        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> guest.run("echo last words; kill -9 $PPID; sleep 1"))
                .withMessageContainingAll("connection to the guest was lost", "last words");

        assertThat(guest.run("echo again")).succeeded().hasOutput("again");
    }

    @Test
    void trees_are_copied_both_ways_with_modes_and_odd_names() throws Exception {
        Path tree = Files.createDirectories(directory.resolve("tree"));
        byte[] content = new byte[5_000_000];
        new Random(2).nextBytes(content);
        Files.write(tree.resolve("big"), content);
        Files.createDirectories(tree.resolve("sub *?/empty"));
        Path tool = Files.writeString(tree.resolve("sub *?/dev\\x2dtool"), "#!/bin/sh\necho it runs\n");
        assertThat(tool.toFile().setExecutable(true)).isTrue();
        Path there = directory.resolve("there/new");

        guest.copyTo(tree, there.toString());
        guest.copyFrom(there.toString(), directory.resolve("back"));

        assertThat(guest.run("'%s/sub *?/dev\\x2dtool'".formatted(there))).hasOutput("it runs");
        assertThat(directory.resolve("back/big")).hasBinaryContent(content);
        assertThat(directory.resolve("back/sub *?/empty")).isEmptyDirectory();
        assertThat(directory.resolve("back/sub *?/dev\\x2dtool")).isExecutable();
    }

    @Test
    void a_directory_that_links_back_to_itself_is_no_endless_copy() throws Exception {
        Path loop = Files.createDirectories(directory.resolve("loop/sub"));
        Files.createSymbolicLink(loop.resolve("up"), Path.of(".."));

        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyFrom(directory.resolve("loop").toString(), directory.resolve("back")))
                .withMessageContaining("loop/sub/up: it is a link back to");
    }

    @Test
    void files_of_the_kernel_whose_size_is_unknown_are_copied_too() {
        guest.copyFrom("/proc/self/status", directory.resolve("status"));

        assertThat(directory.resolve("status")).content().contains("Name:");
    }

    @Test
    void errors_of_the_guest_s_file_system_are_told_with_their_path() {
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyTo(directory.resolve("sshd_config"), "/proc/nowhere/x"))
                .withMessageContaining("failed at /proc/nowhere");
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyFrom("/dev/null", directory.resolve("null")))
                .withMessageContaining("neither a file nor a directory");
    }

    @Test
    void the_boot_is_identified() throws Exception {
        assertThat(guest.bootId())
                .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip());
    }

    @Test
    void a_key_that_is_not_authorized_is_refused_by_name() throws Exception {
        Path stranger = server.generateKey("stranger", "ed25519");

        try (var refused = new SshGuest(server.configuration("stranger").withRefusalPatience(Duration.ofSeconds(1)))) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> refused.awaitReady(LONG, Optional::empty))
                    .withMessageContaining("refuses user '%s' with key %s; it accepts: publickey"
                            .formatted(System.getProperty("user.name"), stranger));
        }
    }

    @Test
    void a_server_with_a_new_host_key_is_another_machine() throws Exception {
        server.close();
        server.generateKey("host", "ed25519");
        server.start();

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> guest.awaitReady(LONG, Optional::empty))
                .withMessageContaining("Not the guest that was there before");
        guest.forgetHostKey();
        guest.awaitReady(LONG, Optional::empty);
    }

    @Test
    void a_server_that_comes_up_late_is_noticed_at_once() throws Exception {
        server.close();
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> guest.awaitReady(LONG, Optional::empty));
        assertThatExceptionOfType(java.util.concurrent.TimeoutException.class)
                .isThrownBy(() -> waiting.get(1, java.util.concurrent.TimeUnit.SECONDS));

        server.start();

        await("readiness").atMost(Duration.ofSeconds(3)).until(waiting::isDone);
        waiting.join();
    }
}
