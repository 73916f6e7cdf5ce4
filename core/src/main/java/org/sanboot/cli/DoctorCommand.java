package org.sanboot.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.machine.qemu.Acceleration;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what works on this host, and what to do about the rest. */
@Command(
        name = "doctor",
        description = "Says what is installed, what works, and what to do about the rest.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit status: 0 when machines can be booted, 2 when something that they need is missing."})
final class DoctorCommand implements Callable<Integer> {

    /** A Debian guest that is installed, cloned and kept a few times takes less. */
    private static final ByteSize ENOUGH_SPACE = new ByteSize(2L << 30);

    @Spec
    private CommandSpec spec;

    private boolean canBoot = true;

    @Override
    public Integer call() {
        LabConfiguration configuration = LabConfiguration.defaults();
        good("Java", System.getProperty("java.version") + " on " + System.getProperty("os.name"));
        program("qemu-system-x86_64", "qemu-system-x86", "run virtual machines", true);
        program("qemu-img", "qemu-utils", "import images", true);
        iscsiOfQemuImg();
        firmware("iPXE for BIOS", () -> QemuMachine.requireInstalled(Firmware.BIOS), true);
        firmware("iPXE and OVMF for UEFI", () -> QemuMachine.requireInstalled(Firmware.UEFI), false);
        acceleration(configuration);
        program("ssh", "openssh-client", "give you a shell in a guest", false);
        program("xorriso", "xorriso", "give an installer its answers on a CD", false);
        program("swtpm", "swtpm", "give machines a TPM 2.0, for -Dsanboot.tpm=true", false);
        program("mmdebstrap", "mmdebstrap", "build the demo guest", false);
        program("tesseract", "tesseract-ocr", "read the stop code from a Windows' screen", false);
        program("wimlib-imagex", "wimtools", "install Windows", false);
        program("genisoimage", "genisoimage", "install Windows", false);
        hosts(configuration);
        space(configuration.home());
        images(configuration.home());
        PrintWriter out = spec.commandLine().getOut();
        out.println(canBoot ? "Machines can be booted." : "Machines cannot be booted before the above is mended.");
        out.flush();
        return canBoot ? 0 : Main.USER_ERROR;
    }

    private void program(String name, String debianPackage, String purpose, boolean needed) {
        Optional<Path> found = Programs.find(name);
        if (found.isPresent()) {
            good(name, found.get().toString());
        } else {
            bad(name, "missing; it is needed to %s: apt-get install %s".formatted(purpose, debianPackage), needed);
        }
    }

    /** Debian keeps QEMU's iSCSI driver in a package of its own, and only opening something shows whether it is there. */
    private void iscsiOfQemuImg() {
        Optional<Path> program = Programs.find("qemu-img");
        if (program.isEmpty()) {
            return;
        }
        try {
            Process process = new ProcessBuilder(
                            program.get().toString(), "info", "iscsi://127.0.0.1:1/iqn.2000-01.none/0")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (output.contains("Unknown protocol")) {
                note(
                        "qemu-img on iscsi://",
                        "not built in; to open what 'sanboot serve' prints: apt-get install qemu-block-extra");
            } else {
                good("qemu-img on iscsi://", "works");
            }
        } catch (IOException e) {
            note("qemu-img on iscsi://", "cannot be tried: " + e.getMessage());
        }
    }

    private void firmware(String what, Runnable check, boolean needed) {
        try {
            check.run();
            good(what, "found");
        } catch (ConfigurationException e) {
            bad(what, e.getMessage(), needed);
        }
    }

    private void acceleration(LabConfiguration configuration) {
        if (!canBoot) {
            return;
        }
        try (Run run = Run.open(configuration.home().resolve("runs"))) {
            good("acceleration", Acceleration.proven(run, configuration.home()).toString());
        } catch (SanbootException e) {
            bad("acceleration", e.getMessage(), true);
        }
    }

    /** What physical hosts need, where there are any; virtual machines boot without it. */
    private void hosts(LabConfiguration configuration) {
        try {
            Inventory inventory = configuration.inventory();
            if (inventory.hosts().isEmpty()) {
                note("physical hosts", "none; %s would name them".formatted(Inventory.FILE));
                return;
            }
            String names = inventory.hosts().stream().map(PhysicalHost::name).collect(Collectors.joining(", "));
            good("physical hosts", names + "; 'sanboot lab check' tests their way to a disk");
            if (inventory
                    .network()
                    .filter(network -> network.dhcp() != LabNetwork.Dhcp.SITE)
                    .isPresent()) {
                program("dnsmasq", "dnsmasq-base", "answer the DHCP requests of physical hosts", false);
            }
            if (uses(inventory, PowerConnection.Ipmi.class)) {
                program("ipmitool", "ipmitool", "talk to management controllers by IPMI", false);
            }
            if (uses(inventory, PowerConnection.SnmpOutlet.class)) {
                program("snmpset", "snmp", "switch power outlets", false);
            }
        } catch (ConfigurationException e) {
            bad("physical hosts", e.getMessage(), true);
        }
    }

    private static boolean uses(Inventory inventory, Class<? extends PowerConnection> connection) {
        return inventory.hosts().stream()
                .anyMatch(host -> connection.isInstance(host.power()) || connection.isInstance(host.outlet()));
    }

    private void space(Path home) {
        try {
            Files.createDirectories(home);
            FileStore store = Files.getFileStore(home);
            ByteSize free = new ByteSize(store.getUsableSpace());
            String where = "%s free in %s".formatted(free, home);
            if (free.compareTo(ENOUGH_SPACE) < 0) {
                bad("disk space", where + "; make room, or set SANBOOT_HOME to another disk", false);
            } else {
                good("disk space", where);
            }
        } catch (IOException e) {
            bad("disk space", "%s cannot be used: %s; set SANBOOT_HOME to another place".formatted(home, e), true);
        }
    }

    void images(Path home) {
        try {
            ImageCatalogue catalogue = new ImageCatalogue(home);
            Map<String, String> damaged = catalogue.damaged();
            SortedSet<String> names = new TreeSet<>(catalogue.names());
            names.removeAll(damaged.keySet());
            if (!names.isEmpty()) {
                good("images", String.join(", ", names));
            } else if (damaged.isEmpty()) {
                note("images", "none yet; examples/demo.sh makes one, 'sanboot image import' adds your own");
            }
            damaged.forEach((name, what) -> note("image " + name, what));
        } catch (SanbootException e) {
            bad("images", e.getMessage(), true);
        }
    }

    private void good(String what, String text) {
        line("ok     ", what, text);
    }

    private void note(String what, String text) {
        line("note   ", what, text);
    }

    private void bad(String what, String text, boolean needed) {
        canBoot &= !needed;
        line(needed ? "MISSING" : "note   ", what, text);
    }

    private void line(String state, String what, String text) {
        spec.commandLine().getOut().println("%s  %-22s  %s".formatted(state, what, text));
    }
}
