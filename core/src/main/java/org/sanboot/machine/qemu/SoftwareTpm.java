package org.sanboot.machine.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.sanboot.InfrastructureException;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

/**
 * A TPM 2.0 made of software, one process of swtpm for each power-on; what it holds stays in the machine's own directory
 * over power-offs.
 */
final class SoftwareTpm {

    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private SoftwareTpm() {}

    /** Finds the program, or says how to get it. */
    static Path require() {
        return Programs.require("swtpm", "swtpm", "give machines a TPM");
    }

    /**
     * Starts it, and returns when QEMU may connect.
     *
     * @return a process that ends with QEMU's connection
     * @throws InfrastructureException with its own words, when it does not start
     */
    static Process start(Run run, String machine, QemuFiles files) {
        try {
            Files.createDirectories(files.tpmState());
            Files.deleteIfExists(files.tpmReady());
            Files.deleteIfExists(files.tpmSocket());
            Process process = run.start(new ProcessBuilder(
                            require().toString(),
                            "socket",
                            "--tpm2",
                            "--tpmstate",
                            "dir=" + files.tpmState(),
                            "--ctrl",
                            "type=unixio,mode=0600,path=" + files.tpmSocket(),
                            // It is written when the socket listens.
                            "--pid",
                            "file=" + files.tpmReady(),
                            "--terminate")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(
                            ProcessBuilder.Redirect.appendTo(files.errorLog().toFile())));
            awaitReady(process, machine, files);
            return process;
        } catch (IOException e) {
            throw new InfrastructureException("Machine '%s': cannot start swtpm: %s".formatted(machine, e), e);
        }
    }

    private static void awaitReady(Process process, String machine, QemuFiles files) {
        try {
            Awaitility.await("swtpm to listen")
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(START_DEADLINE)
                    .until(() ->
                            !process.isAlive() || (Files.exists(files.tpmReady()) && Files.size(files.tpmReady()) > 0));
        } catch (ConditionTimeoutException e) {
            process.destroyForcibly();
            throw new InfrastructureException(
                    "Machine '%s': swtpm did not listen within %d s.".formatted(machine, START_DEADLINE.toSeconds()));
        }
        if (!process.isAlive()) {
            throw new InfrastructureException(
                    "Machine '%s': swtpm did not start: %s".formatted(machine, files.lastWords(0)));
        }
    }
}
