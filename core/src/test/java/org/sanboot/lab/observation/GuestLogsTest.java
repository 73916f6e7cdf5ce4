package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.sanboot.InfrastructureException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.Guest;
import org.sanboot.image.GuestFamily;

class GuestLogsTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final List<String> asked = new CopyOnWriteArrayList<>();

    @Test
    void a_windows_is_told_to_print_its_events_in_the_code_page_that_they_are_read_in() {
        GuestLogs logs = GuestLogs.fetch(guest(command -> answer(command, 0, "Grüße")), GuestFamily.WINDOWS, LONG);

        assertThat(asked)
                .filteredOn(text -> text.contains("wevtutil"))
                .hasSize(2)
                .allMatch(text -> text.startsWith("chcp 65001"));
        assertThat(logs.texts())
                .containsEntry("guest/system-events.txt", "Grüße")
                .containsEntry("guest/application-events.txt", "Grüße");
        assertThat(logs.trouble()).isEmpty();
    }

    @Test
    void what_a_guest_refuses_is_said_and_the_rest_is_there() {
        Guest guest = guest(
                command -> command.text().equals("dmesg") ? answer(command, 1, "") : answer(command, 0, "journal"));

        GuestLogs logs = GuestLogs.fetch(guest, GuestFamily.LINUX, LONG);

        assertThat(logs.texts()).containsOnlyKeys("guest/journal.txt");
        assertThat(logs.trouble())
                .hasValue("The guest did not give all its logs."
                        + " guest/dmesg.txt: 'dmesg' ended with status 1: not permitted");
    }

    @Test
    void a_linux_without_a_journal_lacks_nothing() {
        Guest guest = guest(command -> answer(command, 0, command.text().equals("dmesg") ? "booted" : ""));

        GuestLogs logs = GuestLogs.fetch(guest, GuestFamily.LINUX, LONG);

        assertThat(logs.texts()).containsOnlyKeys("guest/dmesg.txt");
        assertThat(logs.trouble()).isEmpty();
    }

    @Test
    void one_that_takes_too_long_does_not_take_the_others_time() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        Guest guest = guest(command -> {
            if (command.text().equals("dmesg")) {
                await(over);
            }
            return answer(command, 0, "said");
        });

        GuestLogs logs = GuestLogs.fetch(guest, GuestFamily.LINUX, Duration.ofSeconds(1));
        over.countDown();

        assertThat(logs.texts()).containsOnlyKeys("guest/journal.txt");
        assertThat(logs.trouble())
                .hasValue("The guest did not give all its logs. guest/dmesg.txt: it did not answer within 1 s");
    }

    @Test
    void a_guest_that_cannot_be_reached_is_told_in_one_line() {
        Guest guest = guest(command -> {
            throw new InfrastructureException("It is gone.\nstandard output:\n");
        });

        assertThat(GuestLogs.fetch(guest, GuestFamily.OTHER, LONG).trouble())
                .hasValue("The guest did not give all its logs."
                        + " guest/dmesg.txt: It is gone.; guest/journal.txt: It is gone.");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static CommandResult answer(Command command, int status, String output) {
        return new CommandResult(
                command.shown(), status, output, status == 0 ? "" : "not permitted\nat all", Duration.ZERO);
    }

    private Guest guest(Function<Command, CommandResult> answers) {
        return (Guest) Proxy.newProxyInstance(
                Guest.class.getClassLoader(), new Class<?>[] {Guest.class}, (proxy, method, arguments) -> {
                    Command command = (Command) arguments[0];
                    asked.add(command.text());
                    return answers.apply(command);
                });
    }
}
