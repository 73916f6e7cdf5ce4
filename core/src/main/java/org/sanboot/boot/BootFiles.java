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
    static final String BIOS = IpxeProgram.BIOS_FIRMWARE_DRIVER.fileName();

    /** For UEFI: uses the firmware's own driver. */
    static final String UEFI = IpxeProgram.EFI_FIRMWARE_DRIVER.fileName();

    /** What is served, as far as it is installed; the last for UEFI whose driver is not up to it. */
    private static final List<IpxeProgram> PROGRAMS =
            List.of(IpxeProgram.BIOS_FIRMWARE_DRIVER, IpxeProgram.EFI_FIRMWARE_DRIVER, IpxeProgram.EFI);

    private BootFiles() {}

    /** Returns those that are installed, by the names that they are asked for. */
    static Map<String, Path> installed() {
        Map<String, Path> files = new LinkedHashMap<>();
        for (IpxeProgram program : PROGRAMS) {
            program.candidates(Path.of("/"))
                    .filter(Files::isReadable)
                    .findFirst()
                    .ifPresent(file -> files.put(program.fileName(), file));
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
