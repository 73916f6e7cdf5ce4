package org.sanboot.cli.failures;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.process.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "export", description = "Write the disk to a file that stands alone.")
final class ExportCommand extends OneFailureAction {

    private static final Map<String, String> FORMATS =
            Map.of("qcow2", "qcow2", "raw", "raw", "img", "raw", "vhdx", "vhdx");

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write; its suffix says the format.")
    private Path file = Path.of("");

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "qcow2, raw or vhdx; the file's suffix when it is left out.")
    private Optional<String> format = Optional.empty();

    @Option(names = "--force", description = "Replace the file when it exists.")
    private boolean force;

    @Override
    void perform(Failure failure) throws IOException, InterruptedException {
        Path target = file.toAbsolutePath();
        String wanted = format.orElseGet(() -> suffix(target));
        String known = FORMATS.get(wanted.toLowerCase(Locale.ROOT));
        if (known == null) {
            throw new ConfigurationException(
                    "The format (%s) must be qcow2, raw or vhdx; say --format.".formatted(wanted));
        }
        if (Files.exists(target) && !force) {
            throw new ConfigurationException("%s exists; --force replaces it.".formatted(target));
        }
        Path unfinished = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            convert(failure.disk(), known, unfinished);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        out().println(target);
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private void convert(Path disk, String known, Path target) throws IOException, InterruptedException {
        Path program = Programs.require("qemu-img", "qemu-utils", "export a disk");
        boolean progress = environment().terminalWidth() > 0;
        List<String> command = List.of(
                program.toString(),
                "convert",
                progress ? "-pU" : "-U",
                "-f",
                "qcow2",
                "-O",
                known,
                disk.toString(),
                target.toString());
        Process process = new ProcessBuilder(command)
                .redirectOutput(progress ? ProcessBuilder.Redirect.INHERIT : ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new InfrastructureException("The disk %s cannot be exported: %s".formatted(disk, errors));
            }
        } finally {
            process.destroy();
        }
    }
}
