package org.sanboot.lab.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.TestException;
import org.sanboot.evidence.Journal;
import org.sanboot.evidence.Redaction;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootedHost;

class JournaledHostTest {

    @TempDir
    Path directory;

    private BootedHost host;

    @BeforeEach
    void open() {
        host = new JournaledHost(fake(BootedHost.class), Journal.in(directory, Redaction::none));
    }

    @Test
    void all_that_a_test_does_to_its_machine_is_in_the_journal() throws Exception {
        host.run("false");
        host.run(Command.of("secret words").shownAs("shown words"));
        host.powershell("Get-Service agent");
        host.cmd("ver", Duration.ofSeconds(1));
        host.exec("printf", "%s", "x");
        host.copyTo(Path.of("agent.deb"), "/tmp/agent.deb");
        host.copyFrom("/var/log/agent.log", Path.of("agent.log"));
        host.power().cut();
        host.disk().snapshot();
        host.disk().revert();
        host.power().on();
        host.awaitReady();
        host.power().reset();
        host.power().shutdown();
        host.power().awaitOff();

        assertThat(journal())
                .containsSubsequence(
                        "\"what\":\"false\"",
                        "\"status\":1,\"said\":\"out\\nerr\"",
                        "shown words",
                        "powershell Get-Service agent",
                        "cmd ver",
                        "printf %s x",
                        "copy agent.deb to the guest's /tmp/agent.deb",
                        "copy the guest's /var/log/agent.log to agent.log",
                        "cut the power",
                        "take a snapshot of the disk",
                        "go back to the disk's snapshot",
                        "switch on",
                        "wait until the guest is ready",
                        "press the reset button",
                        "shut down",
                        "wait until the machine is off")
                .doesNotContain("secret words");
    }

    @Test
    void what_does_not_work_is_told_and_thrown() throws IOException {
        assertThatThrownBy(() -> host.reboot()).isInstanceOf(TestException.class);

        assertThat(journal()).contains("\"failed\":\"it does not come back\"");
    }

    private String journal() throws IOException {
        return Files.readString(directory.resolve("journal.jsonl"));
    }

    private static <T> T fake(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "power" -> fake(BootedHost.Power.class);
                    case "disk" -> fake(BootedHost.Disk.class);
                    case "reboot" -> throw new TestException("it does not come back");
                    default ->
                        method.getReturnType() == CommandResult.class
                                ? new CommandResult("command", 1, "out\n", "err\n", Duration.ZERO)
                                : null;
                }));
    }
}
