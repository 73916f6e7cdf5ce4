package org.sanboot.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.sanboot.ConfigurationException;

/** Disk files of other hypervisors, which would be taken for raw disks without a partition table. */
enum ForeignDisk {
    VMDK("KDMV", "# Disk DescriptorFile"),
    VHDX("vhdxfile"),
    VDI("<<< "),
    VHD("conectix"),
    PARALLELS("WithoutFreeSpace", "WithouFreSpacExt");

    private static final int LONGEST = 32;

    private final String[] signatures;

    ForeignDisk(String... signatures) {
        this.signatures = signatures;
    }

    /** Refuses such a file with the way to convert it. */
    static void refuse(Path file) {
        String start = start(file);
        for (ForeignDisk format : values()) {
            if (Arrays.stream(format.signatures).anyMatch(start::startsWith)) {
                throw new ConfigurationException(
                        "%1$s is a %2$s disk, and only raw and qcow2 disks are read; convert it: qemu-img convert -O qcow2 %1$s %1$s.qcow2"
                                .formatted(file, format));
            }
        }
    }

    private static String start(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException("%s cannot be read: %s.".formatted(file, e), e);
        }
    }
}
