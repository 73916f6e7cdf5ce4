package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeProgram;
import org.sanboot.process.Programs;

/**
 * The programs and images that packages of this host bring.
 *
 * @param qemu the emulator
 * @param ipxe what the firmware runs first: a Linux kernel by BIOS, an EFI program by UEFI
 * @param uefi OVMF, by UEFI only
 * @param ipxeBootsDiscs whether this iPXE can start a disc in a drive of the machine, by UEFI only
 */
record QemuInstallation(Path qemu, Path ipxe, @Nullable Uefi uefi, boolean ipxeBootsDiscs) {

    /**
     * A build of OVMF.
     *
     * @param code the firmware itself
     * @param variables its variables as they are on a new board
     */
    record Uefi(Path code, Path variables) {

        /** Both files are of one format. */
        String format() {
            return code.toString().endsWith(".qcow2") ? "qcow2" : "raw";
        }
    }

    /**
     * A word that iPXE has among its commands' options since sanboot starts a disc in a drive of the machine too (March
     * 2024).
     */
    private static final String OPTION_OF_LOCAL_DRIVES = "\0extra\0";

    private static final Path ROOT = Path.of("/");

    private static final String EMULATOR = "qemu-system-x86_64";

    /** Where RHEL has a QEMU that is not meant for users' hands. */
    private static final String RHEL_EMULATOR = "usr/libexec/qemu-kvm";

    /** Code and variables are of one build, and so of one size; those without Secure Boot come first. */
    private static final List<Uefi> UEFI = List.of(
            // Debian, Ubuntu
            uefi("usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
            // Fedora since 39
            uefi("usr/share/edk2/ovmf", "OVMF_CODE_4M.qcow2", "OVMF_VARS_4M.qcow2"),
            // RHEL, older Fedora
            uefi("usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),
            // openSUSE
            uefi("usr/share/qemu", "ovmf-x86_64-4m-code.bin", "ovmf-x86_64-4m-vars.bin"),
            uefi("usr/share/qemu", "ovmf-x86_64-code.bin", "ovmf-x86_64-vars.bin"),
            // Arch
            uefi("usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"));

    private static Uefi uefi(String directory, String code, String variables) {
        return new Uefi(Path.of(directory, code), Path.of(directory, variables));
    }

    /**
     * Looks for all that booting takes.
     *
     * @throws org.sanboot.ConfigurationException when a package is missing
     */
    static QemuInstallation find(Firmware firmware) {
        return switch (firmware) {
            case BIOS ->
                new QemuInstallation(
                        emulator(), ipxe(IpxeProgram.KERNEL, ROOT, "boot machines by BIOS from iSCSI"), null, true);
            case UEFI -> {
                Path ipxe = ipxe(IpxeProgram.EFI, ROOT, "boot machines by UEFI from iSCSI");
                yield new QemuInstallation(emulator(), ipxe, uefi(ROOT), bootsDiscs(ipxe));
            }
        };
    }

    static Path emulator() {
        return emulator(ROOT, Programs::find);
    }

    /** Under the name that it has everywhere but on RHEL. */
    static Path emulator(Path root, Function<String, Optional<Path>> path) {
        return path.apply(EMULATOR)
                .or(() -> Optional.of(root.resolve(RHEL_EMULATOR)).filter(Files::isExecutable))
                .orElseGet(() -> Programs.require(EMULATOR, "qemu-system-x86", "run virtual machines"));
    }

    static Path ipxe(IpxeProgram program, Path root, String purpose) {
        return Programs.requireFile(program.candidates(root), program.debianPackage(), purpose);
    }

    static Uefi uefi(Path root) {
        List<Uefi> candidates = UEFI.stream()
                .map(each -> new Uefi(root.resolve(each.code()), root.resolve(each.variables())))
                .toList();
        return candidates.stream()
                .filter(each -> Files.isReadable(each.code()) && Files.isReadable(each.variables()))
                .findFirst()
                // Throws.
                .orElseGet(() -> new Uefi(
                        Programs.requireFile(Stream.of(candidates.get(0).code()), "ovmf", "boot machines by UEFI"),
                        Programs.requireFile(
                                Stream.of(candidates.get(0).variables()), "ovmf", "boot machines by UEFI")));
    }

    static boolean bootsDiscs(Path ipxe) {
        try {
            return Files.readString(ipxe, ISO_8859_1).contains(OPTION_OF_LOCAL_DRIVES);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot read iPXE's program %s: %s".formatted(ipxe, e), e);
        }
    }
}
