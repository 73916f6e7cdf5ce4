package org.sanboot.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.logging.Logging;
import org.sanboot.machine.MachineListener;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * What runs a guest's instructions: the processor through KVM, or software.
 *
 * <p>{@code /dev/kvm} may exist and yet not run firmware, in nested virtual machines above all. So KVM counts as proven
 * only when iPXE ran under it once.
 *
 * @param kvm true for KVM, false for software emulation
 * @param reason completes "... because": why this one
 */
public record Acceleration(boolean kvm, String reason) {

    private static final Logger LOGGER = Logging.logger(Acceleration.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEVICE = Path.of("/dev/kvm");

    /** iPXE speaks within a second even in software. */
    private static final Duration PROBE_DEADLINE = Duration.ofSeconds(10);

    /**
     * Returns software emulation, which works everywhere and slowly.
     *
     * @param reason why nothing better is used
     * @return software emulation
     */
    public static Acceleration software(String reason) {
        return new Acceleration(false, reason);
    }

    /**
     * Finds out what works on this host: takes milliseconds, and some seconds the first time.
     *
     * @param run owns the machine that is started to find out
     * @param home remembers the answer, in {@code acceleration.json}, for as long as kernel and QEMU stay the same
     * @return KVM when iPXE runs under it, else software emulation with the reason
     */
    public static Acceleration proven(Run run, Path home) {
        if (!Files.exists(DEVICE)) {
            return software("/dev/kvm is missing");
        }
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            return software("this user may not use /dev/kvm; membership in its group, usually kvm, would help");
        }
        Path memory = home.resolve("acceleration.json");
        Map<String, String> host = host();
        return recall(memory, host).orElseGet(() -> {
            Acceleration found = tryKvm(run);
            remember(memory, host, found);
            return found;
        });
    }

    /** QEMU's name for it, with what makes it fast. */
    String accelerator() {
        return kvm ? "kvm" : "tcg,thread=multi";
    }

    /**
     * With KVM, the host's own. In software a processor with x86-64-v2, which distributions and Windows 11 demand, and no
     * more: emulating what newer ones have takes a guest that uses it nearly twice the time.
     */
    String processor() {
        return kvm ? "host" : "Nehalem";
    }

    /** Returns one line for people. */
    @Override
    public String toString() {
        return (kvm ? "KVM" : "software emulation (slow)") + ", because " + reason;
    }

    static Acceleration tryKvm(Run run) {
        var outcome = new CompletableFuture<Acceleration>();
        String script = "#!ipxe\necho %s\n:stopped\nsleep 3600\ngoto stopped\n".formatted(IpxeScript.STARTING);
        QemuConfiguration configuration = QemuConfiguration.builder(
                        "kvm-probe-" + Long.toHexString(System.nanoTime()), Firmware.BIOS, script)
                .acceleration(new Acceleration(true, "this is being found out"))
                .build();
        try (QemuMachine machine = QemuMachine.create(run, configuration)) {
            var unused = machine.console().listen(text -> {
                if (machine.console().tail(5).contains(IpxeScript.STARTING)) {
                    outcome.complete(new Acceleration(true, "iPXE ran under it on this kernel and QEMU"));
                }
            });
            machine.addListener(new MachineListener() {
                @Override
                public void died(String why) {
                    outcome.complete(failed(why));
                }
            });
            try {
                machine.powerOn();
            } catch (InfrastructureException e) {
                return failed(machine.lastWords().orElse(e.toString()));
            }
            return outcome.get(PROBE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return failed("iPXE did not speak within %d s".formatted(PROBE_DEADLINE.toSeconds()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while KVM was tried.", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Acceleration failed(String why) {
        return software("KVM does not work here: " + why);
    }

    /** What the answer depends on. QEMU stands with its size and time in place of its version, which costs a start. */
    static Map<String, String> host() {
        Path qemu = QemuInstallation.emulator();
        try {
            return Map.of(
                    "kernel", System.getProperty("os.version"),
                    "machine",
                            Files.readString(Path.of("/proc/sys/kernel/hostname"))
                                    .strip(),
                    "processor", processorModel(),
                    "qemu", "%s %d %s".formatted(qemu, Files.size(qemu), Files.getLastModifiedTime(qemu)));
        } catch (IOException e) {
            throw new InfrastructureException("Cannot tell what host this is: " + e, e);
        }
    }

    private static String processorModel() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.replaceFirst("^[^:]*:\\s*", ""))
                    .orElse("unknown");
        }
    }

    private static Optional<Acceleration> recall(Path memory, Map<String, String> host) {
        try {
            JsonNode remembered = JSON.readTree(memory.toFile());
            return remembered.path("host").equals(JSON.valueToTree(host))
                    ? Optional.of(new Acceleration(
                            remembered.path("kvm").asBoolean(),
                            remembered.path("reason").asText()))
                    : Optional.empty();
        } catch (IOException e) {
            LOGGER.debug("No answer in {}: {}", memory, e.toString());
            return Optional.empty();
        }
    }

    private static void remember(Path memory, Map<String, String> host, Acceleration found) {
        try {
            Files.createDirectories(memory.toAbsolutePath().getParent());
            Path unfinished = Files.createTempFile(memory.toAbsolutePath().getParent(), "acceleration", ".tmp");
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(
                            unfinished.toFile(), Map.of("host", host, "kvm", found.kvm(), "reason", found.reason()));
            Files.move(unfinished, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOGGER.debug("Cannot remember the acceleration in {}: {}", memory, e.toString());
        }
    }
}
