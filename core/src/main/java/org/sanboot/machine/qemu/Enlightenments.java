package org.sanboot.machine.qemu;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * What Hyper-V offers to a Windows guest and KVM may offer too, which makes it faster and keeps its clock.
 *
 * <p>A kernel may lack any of them, and QEMU then ends instead of starting; so each is tried, with those that it builds
 * on. In software emulation there are none: QEMU takes their names there, but hv-vpindex, and does nothing with them.
 *
 * @see <a href="https://www.qemu.org/docs/master/system/i386/hyperv.html">Hyper-V Enlightenments</a>
 */
public final class Enlightenments {

    private static final Logger LOGGER = Logging.logger(Enlightenments.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Each stands after those that it needs; hv-crash reports a bugcheck with its parameters. */
    private static final List<String> KNOWN = List.of(
            "hv-relaxed",
            "hv-vapic",
            "hv-spinlocks=0x1fff",
            "hv-vpindex",
            "hv-runtime",
            "hv-time",
            "hv-synic",
            "hv-stimer",
            "hv-frequencies",
            "hv-tlbflush",
            "hv-ipi",
            "hv-crash");

    private static final long START_SECONDS = 20;

    private final Path qemu;
    private final Run run;

    private Enlightenments(Run run, Path qemu) {
        this.run = run;
        this.qemu = qemu;
    }

    /**
     * Finds out what works on this host: takes milliseconds, and about a second the first time.
     *
     * @param run owns the processes that are started to find out
     * @param home remembers the answer, in {@code enlightenments.json}, for as long as kernel and QEMU stay the same
     * @param acceleration as it was proven on this host
     * @return properties of QEMU's processor, none without KVM
     */
    public static List<String> proven(Run run, Path home, Acceleration acceleration) {
        if (!acceleration.kvm()) {
            return List.of();
        }
        Path memory = home.resolve("enlightenments.json");
        Map<String, String> host = Acceleration.host();
        try {
            var remembered = JSON.readTree(memory.toFile());
            if (remembered.path("host").equals(JSON.valueToTree(host))) {
                return List.of(JSON.convertValue(remembered.path("accepted"), String[].class));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOGGER.debug("No answer in {}: {}", memory, e.toString());
        }
        List<String> accepted = accepted(run, QemuInstallation.emulator(), acceleration);
        remember(memory, Map.of("host", host, "accepted", accepted));
        return accepted;
    }

    /** Tries them one after the other, each with all that were accepted before it. */
    static List<String> accepted(Run run, Path qemu, Acceleration acceleration) {
        var trial = new Enlightenments(run, qemu);
        List<String> accepted = new ArrayList<>();
        for (String candidate : KNOWN) {
            List<String> together = new ArrayList<>(accepted);
            together.add(candidate);
            if (trial.starts(acceleration, together)) {
                accepted.add(candidate);
            }
        }
        return List.copyOf(accepted);
    }

    /** QEMU makes its processors before it looks for something to do; told to stop on its first command, it ends well. */
    private boolean starts(Acceleration acceleration, List<String> properties) {
        ProcessBuilder builder = new ProcessBuilder(
                        qemu.toString(),
                        "-no-user-config",
                        "-nodefaults",
                        "-machine",
                        QemuConfiguration.DEFAULT_MACHINE_TYPE,
                        "-accel",
                        acceleration.accelerator(),
                        "-cpu",
                        acceleration.processor() + "," + String.join(",", properties),
                        "-display",
                        "none",
                        "-S",
                        "-monitor",
                        "stdio")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = run.start(builder);
            try (var monitor = process.outputWriter()) {
                monitor.write("quit\n");
            } catch (IOException e) {
                // It has ended already.
            }
            if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            throw new InfrastructureException("QEMU cannot be started: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while Hyper-V's enlightenments were tried.", e);
        }
    }

    private static void remember(Path memory, Map<String, ?> answer) {
        try {
            Path directory = Files.createDirectories(memory.toAbsolutePath().getParent());
            Path unfinished = Files.createTempFile(directory, "enlightenments", ".tmp");
            JSON.writerWithDefaultPrettyPrinter().writeValue(unfinished.toFile(), answer);
            Files.move(unfinished, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOGGER.debug("Cannot remember the enlightenments in {}: {}", memory, e.toString());
        }
    }
}
