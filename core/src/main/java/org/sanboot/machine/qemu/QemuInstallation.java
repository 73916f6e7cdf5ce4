package org.sanboot.machine.qemu;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.Firmware;
import org.sanboot.process.Programs;

/**
 * The programs and images that packages of this host bring.
 *
 * @param qemu the emulator
 * @param bootImage what the machine runs first that we choose: iPXE by BIOS, OVMF's code by UEFI
 * @param variablesTemplate OVMF's variables as they are on a new board, by UEFI only
 */
record QemuInstallation(Path qemu, Path bootImage, @Nullable Path variablesTemplate) {

    /**
     * Looks for all that booting takes.
     *
     * @throws org.sanboot.ConfigurationException when a package is missing
     */
    static QemuInstallation find(Firmware firmware) {
        return switch (firmware) {
            case BIOS -> new QemuInstallation(emulator(), ipxe(), null);
            case UEFI ->
                new QemuInstallation(
                        emulator(),
                        ovmf("OVMF_CODE_4M.fd", "OVMF_CODE.fd", "OVMF_CODE.4m.fd"),
                        ovmf("OVMF_VARS_4M.fd", "OVMF_VARS.fd", "OVMF_VARS.4m.fd"));
        };
    }

    static Path emulator() {
        return Programs.require("qemu-system-x86_64", "qemu-system-x86", "run virtual machines");
    }

    Optional<Path> uefiVariables() {
        return Optional.ofNullable(variablesTemplate);
    }

    private static Path ipxe() {
        return Programs.requireFile(
                Stream.of("/usr/lib/ipxe/ipxe.lkrn", "/usr/share/ipxe/ipxe.lkrn", "/boot/ipxe.lkrn")
                        .map(Path::of),
                "ipxe",
                "boot machines by BIOS from iSCSI");
    }

    /** Where Debian and Ubuntu, Fedora, and Arch put it; code and variables must be of one size, and so of one of them. */
    private static Path ovmf(String debian, String fedora, String arch) {
        return Programs.requireFile(
                Stream.of(
                        Path.of("/usr/share/OVMF", debian),
                        Path.of("/usr/share/edk2/ovmf", fedora),
                        Path.of("/usr/share/edk2/x64", arch)),
                "ovmf",
                "boot machines by UEFI");
    }
}
