package org.sanboot.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.boot.Firmware;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.Stay;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Boots a clone for a person to work with. */
@Command(
        name = "boot",
        description = "Boots a clone of an image, or of a kept failure's disk, and shows its console until Ctrl-C.",
        mixinStandardHelpOptions = true,
        footer = {"", "The clone is thrown away at the end; the image and the failure are never written."})
final class BootCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    private static final class Source {

        @Parameters(paramLabel = "IMAGE", description = "A golden image's name.")
        private @Nullable String image;

        @Option(names = "--failure", paramLabel = "ID", description = "A kept failure, by the beginning of its id.")
        private @Nullable String failure;
    }

    @Option(names = "--firmware", description = "${COMPLETION-CANDIDATES}; by default the first that the image knows.")
    private @Nullable Firmware firmware;

    @Option(names = "--memory", paramLabel = "SIZE", description = "${DEFAULT-VALUE} by default.")
    private String memory = "512M";

    @Option(names = "--cpus", paramLabel = "N", description = "${DEFAULT-VALUE} by default.")
    private int cpus = 1;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long the boot may take; ${DEFAULT-VALUE} by default.")
    private int seconds = 300;

    @Override
    public Integer call() throws IOException {
        try (Lab lab = Lab.open(LabConfiguration.defaults())) {
            Stay stay = lab.boot(request());
            BootedHost host = stay.host();
            say("ready; in another terminal: " + host.sshCommand());
            say("what follows is the console; Ctrl-C ends the machine");
            PrintWriter out = spec.commandLine().getOut();
            try (var listening = host.console().listen(text -> {
                out.print(text);
                out.flush();
            })) {
                out.print(host.console().tail(20));
                type(host);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        return 0;
    }

    private HostRequest request() {
        String failure = source.failure;
        HostRequest.Builder request =
                failure == null ? HostRequest.of(Objects.requireNonNull(source.image)) : HostRequest.ofFailure(failure);
        if (firmware != null) {
            request.firmware(firmware);
        }
        return request.name("machine")
                .memoryMebibytes(Math.toIntExact(ByteSize.parse(memory).bytes() >> 20))
                .cpus(cpus)
                .readyTimeout(Duration.ofSeconds(seconds))
                .purpose("sanboot boot")
                .progress(this::say)
                .build();
    }

    private void say(BootProgress progress) {
        say("%-24s %6.1f s"
                .formatted(progress.stage().title(), progress.elapsed().toMillis() / 1000.0));
    }

    private void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("[sanboot] " + line);
        err.flush();
    }

    /** Sends lines to the console until the input ends or the machine is off. */
    private static void type(BootedHost host) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = in.readLine();
        while (line != null && host.power().isOn()) {
            host.console().type(line + "\n");
            line = in.readLine();
        }
    }
}
