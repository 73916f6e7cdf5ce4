package org.sanboot.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/** The builds of iPXE that firmware starts. */
final class BootFiles {

    /** For a BIOS: uses the firmware's own driver. */
    static final String BIOS = "undionly.kpxe";

    /** For UEFI: uses the firmware's own driver. */
    static final String UEFI = "snponly.efi";

    /** For UEFI whose driver is not up to it: brings its own. */
    static final String UEFI_WITH_DRIVERS = "ipxe.efi";

    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/usr/lib/ipxe"), Path.of("/usr/share/ipxe"), Path.of("/usr/lib/ipxe/x86_64-efi"));

    private BootFiles() {}

    /** Returns those that are installed, by the names that they are asked for. */
    static Map<String, Path> installed() {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String name : List.of(BIOS, UEFI, UEFI_WITH_DRIVERS)) {
            DIRECTORIES.stream()
                    .map(directory -> directory.resolve(name))
                    .filter(Files::isReadable)
                    .findFirst()
                    .ifPresent(file -> files.put(name, file));
        }
        if (files.isEmpty()) {
            throw new ConfigurationException(
                    "undionly.kpxe and snponly.efi are missing; they are needed to boot physical hosts."
                            + " On Debian or Ubuntu: apt-get install ipxe");
        }
        return Map.copyOf(files);
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot read %s: %s".formatted(file, e), e);
        }
    }
}
