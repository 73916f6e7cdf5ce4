package org.sanboot.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.TestException;
import org.sanboot.evidence.Redaction;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootedHost;
import org.sanboot.testing.SentPowerShell;

/** A machine that writes down what it is asked for, and does nothing. */
final class RecordingHost {

    final List<String> events = new ArrayList<>();
    final List<String> shown = new ArrayList<>();
    byte[] copied = new byte[0];
    int status;
    String output = "";
    boolean hangs;

    @Nullable
    RuntimeException lost;

    int refusal;
    boolean staysOn;
    Optional<String> trouble = Optional.empty();

    GuestShell shell(Redaction redaction) {
        return new GuestShell(host(), () -> trouble, redaction);
    }

    private BootedHost host() {
        return fake(BootedHost.class, (method, arguments) -> switch (method) {
            case "run" -> run(arguments[0] instanceof Command command ? command : Command.of((String) arguments[0]));
            case "copyTo" -> copy((Path) arguments[0], (String) arguments[1]);
            case "reboot" -> note("reboot");
            case "image" -> "debian";
            case "power" -> power();
            default -> throw new UnsupportedOperationException(method);
        });
    }

    private BootedHost.Power power() {
        return fake(BootedHost.Power.class, (method, arguments) -> switch (method) {
            case "shutdown" -> note("power button");
            case "isOn" -> staysOn;
            default -> throw new UnsupportedOperationException(method);
        });
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }

    private Object note(String event) {
        events.add(event);
        return "";
    }

    private Object copy(Path local, String remote) {
        try {
            copied = Files.isDirectory(local) ? new byte[0] : Files.readAllBytes(local);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return note("copy %s to %s".formatted(local.getFileName(), remote));
    }

    private CommandResult run(Command command) {
        shown.add(command.shown());
        events.add(command.text().startsWith("powershell") ? powershell(command) : shell(command));
        if (lost != null && command.text().startsWith("shutdown")) {
            throw lost;
        }
        if (hangs) {
            throw new TestException("A command in the guest did not end within 10 min:\n" + output);
        }
        int ended = command.text().startsWith("shutdown") ? refusal : status;
        return new CommandResult(command.shown(), ended, output, "", Duration.ofMillis(1234));
    }

    private static String shell(Command command) {
        return command.input().isEmpty()
                ? command.text()
                : command.text() + "\n" + command.input().stripTrailing();
    }

    /** The scripts as they arrive, without what makes them arrive. */
    private static String powershell(Command command) {
        String line = SentPowerShell.in(command.text());
        return command.input().isEmpty()
                ? line
                : Stream.of(command.input().split(" "))
                        .map(part -> new String(Base64.getDecoder().decode(part), UTF_8).strip())
                        .map(SentPowerShell::checked)
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining("\n"));
    }
}
