package org.sanboot.machine.qemu;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.boot.Firmware;

/** Says in QEMU's words what a {@link QemuConfiguration} asks for. */
final class QemuCommandLine {

    private final QemuConfiguration configuration;
    private final QemuInstallation installation;
    private final QemuFiles files;
    private final List<String> arguments = new ArrayList<>();

    private QemuCommandLine(QemuConfiguration configuration, QemuInstallation installation, QemuFiles files) {
        this.configuration = configuration;
        this.installation = installation;
        this.files = files;
    }

    static List<String> of(QemuConfiguration configuration, QemuInstallation installation, QemuFiles files) {
        return new QemuCommandLine(configuration, installation, files).arguments();
    }

    private List<String> arguments() {
        add(installation.qemu().toString());
        board();
        windows();
        tpm();
        monitorAndConsole();
        firmware();
        bootCard();
        privateCard();
        discs();
        floppy();
        return arguments;
    }

    private void board() {
        boolean bios = configuration.firmware() == Firmware.BIOS;
        add("-name", configuration.name());
        add("-no-user-config", "-nodefaults");
        // Without "graphics", SeaBIOS copies its screen, and so iPXE's, to the serial line.
        add("-machine", configuration.machineType() + (bios ? ",graphics=off" : ""));
        add("-accel", configuration.acceleration().accelerator());
        add("-cpu", processor());
        add("-smp", Integer.toString(configuration.cpus()));
        add("-m", configuration.memoryMebibytes() + "M");
        add("-display", "none");
        // A UNIX socket in a directory of this user's own: VNC's passwords are no protection for a port.
        add("-vnc", "unix:" + escaped(files.vncSocket()));
        // Slots are pinned: an operating system may look for its boot card where it was when it was installed.
        add("-device", "VGA,bus=pcie.0,addr=0x1");
        add("-object", "rng-random,id=entropy,filename=/dev/urandom");
        add("-device", "virtio-rng-pci,rng=entropy,bus=pcie.0,addr=0x4");
        if (configuration.resumable()) {
            // Another one for each process: the guest's kernel takes new random numbers when it sees a new one.
            add("-device", "vmgenid,guid=auto");
        }
        // A guest that panicked stays as it is, for the screenshot.
        add("-device", "pvpanic");
        add("-action", "panic=pause");
    }

    private String processor() {
        return Stream.concat(
                        Stream.of(configuration.acceleration().processor()), configuration.enlightenments().stream())
                .collect(Collectors.joining(","));
    }

    private void windows() {
        if (configuration.windows()) {
            add("-rtc", "base=localtime,driftfix=slew");
            // Windows has its driver since 8; Windows 7 goes on with the mouse of the main board.
            add("-device", "qemu-xhci,id=usb,bus=pcie.0,addr=0x5");
            add("-device", "usb-tablet,bus=usb.0");
        }
    }

    private void tpm() {
        if (configuration.tpm()) {
            add("-chardev", "socket,id=tpm,path=" + escaped(files.tpmSocket()));
            add("-tpmdev", "emulator,id=tpm,chardev=tpm");
            add("-device", "tpm-crb,tpmdev=tpm");
        }
    }

    /** QEMU connects to our sockets: they exist before it does, so there is nothing to poll for. */
    private void monitorAndConsole() {
        add("-chardev", "socket,id=qmp,path=%s,server=off".formatted(escaped(files.qmpSocket())));
        add("-mon", "chardev=qmp,mode=control");
        add("-chardev", "socket,id=console,path=%s,server=off".formatted(escaped(files.consoleSocket())));
        add("-serial", "chardev:console");
        // Nothing runs until we have seen to it that we miss nothing.
        add("-S");
    }

    private void firmware() {
        QemuInstallation.Uefi uefi = installation.uefi();
        if (uefi == null) {
            add("-kernel", installation.ipxe().toString());
            add("-initrd", files.bootScript().toString());
            return;
        }
        String format = uefi.format();
        add("-drive", "if=pflash,unit=0,format=%s,readonly=on,file=%s".formatted(format, escaped(uefi.code())));
        add("-drive", "if=pflash,unit=1,format=%s,file=%s".formatted(format, escaped(files.uefiVariables())));
        if (!ipxeIsInCard()) {
            add("-kernel", installation.ipxe().toString());
            add("-append", IpxePrompt.arguments(QemuMachine.GUEST_ADDRESS));
        }
    }

    /**
     * OVMF starts an EFI program that is given as the kernel before it connects its own drivers to any card or looks for
     * anything to boot. An option ROM is not certain to be a boot program: built for QEMU, as on Debian since 13, iPXE's is
     * a driver only, which the firmware's own network boot then uses.
     *
     * <p>But that program takes its disks away when it ends, and so must start the installer's disc by itself. One that
     * cannot is left to the card's ROM, which stays: on Debian 12 that is a boot program.
     */
    private boolean ipxeIsInCard() {
        return installation.uefi() != null && !configuration.discs().isEmpty() && !installation.ipxeBootsDiscs();
    }

    /** By BIOS the script comes with iPXE, by UEFI it is fetched by TFTP; iPXE has its own drivers. */
    private void bootCard() {
        String network = "user,id=boot,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22";
        String card = "%s,netdev=boot,mac=%s,bus=pcie.0,addr=0x%x"
                .formatted(configuration.networkCard(), configuration.macAddress(), configuration.networkCardSlot());
        boolean uefi = installation.uefi() != null;
        add("-netdev", uefi ? network + ",tftp=%s,bootfile=boot.ipxe".formatted(escaped(files.tftp())) : network);
        add("-device", card + (ipxeIsInCard() ? ",bootindex=0" : ",romfile="));
    }

    private void privateCard() {
        configuration.privateNetwork().ifPresent(network -> {
            add(
                    "-netdev",
                    "stream,id=private,server=off,addr.type=unix,addr.path=%s".formatted(escaped(network.socket())));
            add(
                    "-device",
                    "%s,netdev=private,mac=%s,bus=pcie.0,addr=0x%x,romfile="
                            .formatted(
                                    configuration.networkCard(),
                                    privateMacAddress(configuration.name()),
                                    // Behind the card to boot by, which is iPXE's net0 by that.
                                    configuration.networkCardSlot() + 1));
        });
    }

    /** Behind the network card in the order of booting: iPXE comes first and decides. */
    private void discs() {
        List<Path> discs = configuration.discs();
        for (int i = 0; i < discs.size(); i++) {
            add("-drive", "if=none,id=disc%d,format=raw,readonly=on,file=%s".formatted(i, escaped(discs.get(i))));
            add("-device", "ide-cd,drive=disc%d,bus=ide.%d,bootindex=%d".formatted(i, i, i + 1));
        }
    }

    private void floppy() {
        configuration.floppy().ifPresent(image -> {
            add("-drive", "if=none,id=floppy,format=raw,readonly=on,file=" + escaped(image));
            add("-device", "isa-fdc,id=fdc");
            add("-device", "floppy,drive=floppy,bus=fdc.0,drive-type=144");
        });
    }

    /** In the range that QEMU uses, which is locally administered, and the same for the same name. */
    static String privateMacAddress(String name) {
        long hash =
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).getLeastSignificantBits();
        return "52:54:01:%02x:%02x:%02x".formatted((hash >> 16) & 0xff, (hash >> 8) & 0xff, hash & 0xff);
    }

    /** Within an option's value, a comma is written twice. */
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }

    private void add(String... words) {
        arguments.addAll(List.of(words));
    }
}
