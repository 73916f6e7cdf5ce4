package org.sanboot.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.sanboot.ConfigurationException;

/** Disk files of other hypervisors, which would be taken for raw disks without a partition table. */
final class ForeignDisk {

    private static final int LONGEST = 32;

    private static final Map<String, String> NAMES_BY_SIGNATURE = Map.of(
            "KDMV", "VMDK",
            "# Disk DescriptorFile", "VMDK",
            "vhdxfile", "VHDX",
            "<<< ", "VDI",
            "conectix", "VHD",
            "WithoutFreeSpace", "Parallels",
            "WithouFreSpacExt", "Parallels");

    private ForeignDisk() {}

    /** Refuses such a file with the way to convert it. */
    static void refuse(Path file) {
        String start = start(file);
        NAMES_BY_SIGNATURE.forEach((signature, name) -> {
            if (start.startsWith(signature)) {
                throw new ConfigurationException(
                        "%1$s is a %2$s disk, and only raw and qcow2 disks are read; convert it: qemu-img convert -O qcow2 %1$s %1$s.qcow2"
                                .formatted(file, name));
            }
        });
    }

    private static String start(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException("%s cannot be read: %s.".formatted(file, e), e);
        }
    }
}
