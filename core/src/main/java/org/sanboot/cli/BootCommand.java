package org.sanboot.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.lab.HostRequest;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private MachineOptions machine;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    private static final class Source {

        @Parameters(paramLabel = "IMAGE", description = "A golden image's name.")
        private @Nullable String image;

        @Option(names = "--failure", paramLabel = "ID", description = "A kept failure, by the beginning of its id.")
        private @Nullable String failure;
    }

    @Override
    public Integer call() {
        HostRequest.Builder request = source.failure == null
                ? HostRequest.of(Objects.requireNonNull(source.image))
                : HostRequest.ofFailure(source.failure);
        return new MachineSession(spec).console(machine.applyTo(request));
    }

    /** The same for a kept failure alone, among the commands for failures. */
    @Command(
            name = "boot",
            description = "Boots a clone of a failure's disk and shows its console until Ctrl-C.",
            mixinStandardHelpOptions = true)
    static final class OfFailure implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Mixin
        private MachineOptions machine;

        @Parameters(paramLabel = "ID", description = "The failure, by the beginning of its id.")
        private String failure;

        @Override
        public Integer call() {
            return new MachineSession(spec).console(machine.applyTo(HostRequest.ofFailure(failure)));
        }
    }

    /** A shell in a kept failure's guest. */
    @Command(
            name = "ssh",
            description =
                    "Boots a clone of a failure's disk and opens a shell in it; the end of the shell ends the machine.",
            mixinStandardHelpOptions = true)
    static final class ShellInFailure implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Mixin
        private MachineOptions machine;

        @Parameters(paramLabel = "ID", description = "The failure, by the beginning of its id.")
        private String failure;

        @Override
        public Integer call() {
            return new MachineSession(spec).shell(machine.applyTo(HostRequest.ofFailure(failure)));
        }
    }
}
