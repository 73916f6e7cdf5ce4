package org.sanboot.boot;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The builds of iPXE that Sanboot uses, and where distributions put them. */
public enum IpxeProgram {
    /** For a virtual machine with BIOS, which starts it as a Linux kernel: brings its own drivers. */
    KERNEL("ipxe.lkrn", "ipxe"),

    /** For a virtual machine with UEFI, and for UEFI whose network driver is not up to it: brings its own drivers. */
    EFI("ipxe.efi", "ipxe", "ipxe-x86_64.efi", "ipxe-amd64.efi"),

    /** For a physical host's UEFI: uses the firmware's driver. */
    EFI_FIRMWARE_DRIVER("snponly.efi", "ipxe", "ipxe-snponly-x86_64.efi", "snponly-x86_64.efi", "snp-x86_64.efi"),

    /** For a physical host's BIOS: uses the firmware's driver. */
    BIOS_FIRMWARE_DRIVER("undionly.kpxe", "ipxe");

    /** Debian and Ubuntu; Fedora, RHEL and openSUSE; Arch; Debian 12 and Ubuntu 22.04, for programs that GRUB may start. */
    private static final List<String> DIRECTORIES =
            List.of("usr/lib/ipxe", "usr/share/ipxe", "usr/share/ipxe/x86_64", "usr/lib/ipxe/x86_64-efi", "boot");

    private final String fileName;
    private final String debianPackage;

    @SuppressWarnings("ImmutableEnumChecker") // Nobody writes to it.
    private final List<String> names;

    IpxeProgram(String fileName, String debianPackage, String... otherNames) {
        this.fileName = fileName;
        this.debianPackage = debianPackage;
        this.names = Stream.concat(Stream.of(fileName), Stream.of(otherNames)).toList();
    }

    /**
     * Returns what it is called where iPXE is built, and on boot servers.
     *
     * @return a file name
     */
    public String fileName() {
        return fileName;
    }

    /**
     * Returns the package of Debian and Ubuntu that brings it.
     *
     * @return the package's name
     */
    public String debianPackage() {
        return debianPackage;
    }

    /**
     * Returns where distributions put it.
     *
     * @param root what stands for the host's root directory
     * @return files that may exist, the preferred one first
     */
    public Stream<Path> candidates(Path root) {
        return DIRECTORIES.stream()
                .flatMap(directory ->
                        names.stream().map(name -> root.resolve(directory).resolve(name)));
    }
}
