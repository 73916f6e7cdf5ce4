package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.sshd.server.Signal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;

@Timeout(30)
class SshGuestCommandTest {

    private final FakeGuest fake = new FakeGuest().start();
    private final SshGuest guest = fake.connect();

    @AfterEach
    void close() throws Exception {
        guest.close();
        fake.close();
    }

    @Test
    void a_command_ends_with_its_status_and_its_two_streams_apart() {
        fake.onCommand("work", e -> {
            e.print("done\n");
            e.complain("with a warning\n");
            e.exit(3);
        });

        CommandResult result = guest.run("work");

        assertThat(result).hasExitStatus(3);
        assertThat(result.command()).isEqualTo("work");
        assertThat(result.stdout()).isEqualTo("done\n");
        assertThat(result.stderr()).isEqualTo("with a warning\n");
        assertThat(result.duration()).isPositive();
    }

    @Test
    void a_status_that_comes_long_after_the_output_is_waited_for() {
        var outputEnded = new CountDownLatch(1);
        fake.onCommand("slow", e -> {
            e.print("all there is");
            e.endOutput();
            outputEnded.await(200, TimeUnit.MILLISECONDS);
            e.exit(7);
        });

        assertThat(guest.run("slow")).hasExitStatus(7).hasOutput("all there is");
    }

    @Test
    void a_command_reads_its_input_to_the_end() {
        fake.onCommand("cat", e -> {
            e.print(e.input());
            e.exit(0);
        });

        assertThat(guest.run(Command.of("cat").withInput("Grüße\n")))
                .succeeded()
                .hasOutput("Grüße");
        assertThat(guest.run("cat")).succeeded().hasOutput("");
    }

    @Test
    void input_larger_than_the_channel_s_window_arrives_whole() {
        String input = "0123456789abcdef".repeat(300_000);
        fake.onCommand("wc", e -> {
            e.print(String.valueOf(e.input().length()));
            e.exit(0);
        });

        assertThat(guest.run(Command.of("wc").withInput(input))).hasOutput("4800000");
    }

    @Test
    void output_is_read_in_the_command_s_charset() {
        fake.onCommand("latin", e -> {
            e.print("Grüße".getBytes(StandardCharsets.ISO_8859_1));
            e.exit(0);
        });

        assertThat(guest.run(Command.of("latin").in(StandardCharsets.ISO_8859_1)))
                .hasOutput("Grüße");
    }

    @Test
    void much_output_on_both_streams_at_once_blocks_nothing() {
        String line = "x".repeat(1023) + "\n";
        fake.onCommand("flood", e -> {
            for (int i = 0; i < 3000; i++) {
                e.print(line);
                e.complain(line);
            }
            e.exit(0);
        });

        CommandResult result = guest.run("flood");

        assertThat(result.stdout()).hasSize(3000 * 1024);
        assertThat(result.stderr()).hasSize(3000 * 1024);
    }

    @Test
    void death_by_a_signal_is_a_status_above_128() {
        fake.onCommand("crash", e -> e.dieBy("SEGV")).onCommand("odd", e -> e.dieBy("XYZ"));

        assertThat(guest.run("crash")).hasExitStatus(139);
        assertThat(guest.run("odd")).hasExitStatus(128);
    }

    @Test
    void a_windows_status_of_minus_one_is_a_status() {
        fake.onCommand("exit -1", e -> e.exit(-1));

        assertThat(guest.run("exit -1")).hasExitStatus(-1);
    }

    @Test
    void a_command_that_takes_too_long_is_ended_and_its_output_so_far_is_told() {
        BlockingQueue<Signal> received = new LinkedBlockingQueue<>();
        fake.onCommand("hang", e -> {
            e.print("step 1\n");
            e.complain("careful\n");
            received.add(e.awaitSignal());
            received.add(e.awaitSignal());
            e.exit(137);
        });

        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.run(Command.of("hang").within(Duration.ofMillis(300))))
                .withMessageContainingAll("did not end within 300 ms", "hang", "step 1", "careful");
        assertThat(received).containsExactly(Signal.TERM, Signal.KILL);
        assertThat(guest.run("exit 0")).succeeded();
    }

    @Test
    void a_server_that_knows_no_signals_does_not_hold_up_the_report_of_a_time_out() {
        var end = new CountDownLatch(1);
        fake.server().setChannelFactories(List.of(new DeafToSignals()));
        fake.onCommand("hang", e -> end.await());

        long start = System.nanoTime();
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.run(Command.of("hang").within(Duration.ofMillis(100))));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
        end.countDown();
    }

    @Test
    void an_interrupted_test_ends_its_command_and_stays_interrupted() throws Exception {
        BlockingQueue<Signal> received = new LinkedBlockingQueue<>();
        var running = new CountDownLatch(1);
        fake.onCommand("hang", e -> {
            running.countDown();
            received.add(e.awaitSignal());
            e.exit(143);
        });
        BlockingQueue<Object> outcome = new LinkedBlockingQueue<>();
        Thread test = new Thread(() -> {
            try {
                outcome.add(guest.run("hang"));
            } catch (TestException e) {
                outcome.add(e);
                outcome.add(Thread.currentThread().isInterrupted());
            }
        });

        test.start();
        running.await();
        test.interrupt();
        test.join();

        assertThat(received).containsExactly(Signal.TERM);
        assertThat(outcome.poll()).asString().contains("was interrupted while a command ran in the guest");
        assertThat(outcome.poll()).isEqualTo(true);
    }

    @Test
    void a_connection_that_is_lost_while_a_command_runs_is_the_lab_s_fault_and_the_command_is_not_repeated() {
        BlockingQueue<String> runs = new LinkedBlockingQueue<>();
        fake.onCommand("crash the machine", e -> {
            runs.add("once");
            e.print("going down");
            fake.dropConnections();
        });

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> guest.run("crash the machine"))
                .withMessageContainingAll("connection to the guest was lost", "crash the machine", "going down");
        assertThat(runs).hasSize(1);
    }

    @Test
    void commands_of_many_threads_share_one_session_and_run_at_once_as_far_as_the_server_allows() {
        var eightAtOnce = new CyclicBarrier(8);
        fake.onCommand("meet", e -> {
            eightAtOnce.await();
            e.exit(0);
        });

        List<CompletableFuture<CommandResult>> running =
                IntStream.range(0, 24).mapToObj(i -> inBackground("meet")).toList();

        assertThat(running).allSatisfy(result -> assertThat(result.join()).succeeded());
        assertThat(fake.sessions()).isEqualTo(1);
    }

    @Test
    void a_command_that_gets_no_turn_says_so() throws Exception {
        var hold = new CountDownLatch(1);
        var held = new CountDownLatch(8);
        fake.onCommand("hold", e -> {
            held.countDown();
            hold.await();
            e.exit(0);
        });
        List<CompletableFuture<CommandResult>> holders =
                IntStream.range(0, 8).mapToObj(i -> inBackground("hold")).toList();
        held.await();

        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.run(Command.of("exit 0").within(Duration.ofMillis(50))))
                .withMessageContainingAll("8 commands and copies", "within 50 ms");
        hold.countDown();
        holders.forEach(CompletableFuture::join);
    }

    private CompletableFuture<CommandResult> inBackground(String command) {
        return CompletableFuture.supplyAsync(() -> guest.run(command), task -> new Thread(task).start());
    }

    @Test
    void of_endless_output_a_bounded_part_is_kept() {
        var capture = new Capture(10, () -> {});

        capture.write("0123456789abcdef".getBytes(StandardCharsets.UTF_8), 0, 16);
        capture.write('!');

        assertThat(capture.text(StandardCharsets.UTF_8))
                .isEqualTo("0123456789%n[7 bytes more were not kept]%n".formatted());
    }

    /** As the server on Windows: it refuses the request. */
    private static final class DeafToSignals extends org.apache.sshd.server.channel.ChannelSessionFactory {
        @Override
        public org.apache.sshd.common.channel.Channel createChannel(org.apache.sshd.common.session.Session session) {
            return new org.apache.sshd.server.channel.ChannelSession() {
                @Override
                protected org.apache.sshd.common.channel.RequestHandler.Result handleSignal(
                        org.apache.sshd.common.util.buffer.Buffer buffer, boolean wantReply) {
                    return org.apache.sshd.common.channel.RequestHandler.Result.ReplyFailure;
                }
            };
        }
    }
}
