package org.sanboot.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Retention;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.terminal.BootDisplay;
import org.sanboot.lab.terminal.Terminal;
import org.sanboot.process.Programs;
import picocli.CommandLine.Model.CommandSpec;

/** One machine in a person's hands, from its boot until they are done with it. */
final class MachineSession {

    private static final String PREFIX = "[sanboot] ";

    private final CommandSpec spec;
    private final Terminal terminal;

    MachineSession(CommandSpec spec) {
        this.spec = spec;
        PrintWriter err = spec.commandLine().getErr();
        this.terminal = Terminal.of(
                2,
                text -> {
                    err.print(text);
                    err.flush();
                },
                System::getenv);
    }

    /** Shows the console and passes on what is typed, until the machine is off or Ctrl-C. */
    int console(HostRequest.Builder request) {
        try (Lab lab = openLab()) {
            BootedHost host = boot(lab, request);
            say("ready; in another terminal: " + host.sshCommand());
            say("what follows is the console; Ctrl-C ends the machine");
            PrintWriter out = spec.commandLine().getOut();
            out.print(host.console().tail(20));
            out.flush();
            AutoCloseable listening = host.console().listen(text -> {
                out.print(text);
                out.flush();
            });
            try (listening;
                    Keyboard keyboard = Keyboard.raw()) {
                typeOn(host);
                host.power().awaitOff();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                throw new InfrastructureException("The console is lost: " + e.getMessage(), e);
            }
            say("the machine is off");
        }
        return 0;
    }

    /** Gives the person a shell, until they leave it. */
    int shell(HostRequest.Builder request) {
        Programs.require("ssh", "openssh-client", "give you a shell in the guest");
        try (Lab lab = openLab()) {
            BootedHost host = boot(lab, request);
            return new ProcessBuilder("sh", "-c", "exec " + host.sshCommand() + " -o LogLevel=ERROR")
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new InfrastructureException("ssh cannot be run: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Main.LAB_FAILED;
        }
    }

    /** Who looks at failures must not lose any by it, so nothing goes when one more is kept. */
    private static Lab openLab() {
        return Lab.open(LabConfiguration.defaults().withRetention(Retention.unlimited()));
    }

    private BootedHost boot(Lab lab, HostRequest.Builder request) {
        String purpose = "sanboot " + spec.name();
        BootDisplay display = new BootDisplay(terminal, PREFIX);
        try {
            return lab.boot(request.name("machine")
                            .purpose(purpose)
                            .disposable()
                            .progress(stage -> display.reached(purpose, stage))
                            .build())
                    .host();
        } finally {
            display.ended(purpose);
        }
    }

    private void say(String line) {
        terminal.print(PREFIX + line);
    }

    private static void typeOn(BootedHost host) {
        Thread typist = new Thread(
                () -> {
                    byte[] typed = new byte[256];
                    try {
                        for (int read = System.in.read(typed); read > 0; read = System.in.read(typed)) {
                            host.console().type(new String(typed, 0, read, StandardCharsets.UTF_8));
                        }
                    } catch (IOException | RuntimeException e) {
                        // The terminal or the machine is gone; nobody types any more.
                    }
                },
                "sanboot-keyboard");
        typist.setDaemon(true);
        typist.start();
    }

    /** A terminal that hands on each key as it is pressed; Ctrl-C still ends the program. */
    private record Keyboard(boolean isTerminal) implements AutoCloseable {

        static Keyboard raw() {
            Keyboard keyboard = new Keyboard(Terminal.isTerminal(0));
            keyboard.set("-icanon -echo min 1");
            if (keyboard.isTerminal) {
                Runtime.getRuntime().addShutdownHook(new Thread(keyboard::close));
            }
            return keyboard;
        }

        private void set(String mode) {
            if (isTerminal) {
                try {
                    new ProcessBuilder("sh", "-c", "stty " + mode + " < /dev/tty")
                            .inheritIO()
                            .start()
                            .waitFor();
                } catch (IOException e) {
                    // The terminal stays as it is: whole lines can be typed then.
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public void close() {
            set("icanon echo");
        }
    }
}
