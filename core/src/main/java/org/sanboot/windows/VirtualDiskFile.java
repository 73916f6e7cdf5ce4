package org.sanboot.windows;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** Recognises files that hold a virtual disk, when one is read as if it were the disk. */
final class VirtualDiskFile {

    private static final int HEAD = 512;

    /** By what they begin with (Microsoft's MS-VHDX and VHD specifications, QEMU's drivers for the others). */
    private static final Map<String, String> SIGNATURES = new TreeMap<>(
            Map.of("vhdxfile", "VHDX", "conectix", "VHD", "KDMV", "VMDK", "QFI\u00fb", "qcow2", "<<< ", "VDI"));

    private VirtualDiskFile() {}

    static Optional<String> kind(Medium file) {
        if (file.size() < HEAD) {
            return Optional.empty();
        }
        Structure head = file.read("The head of the disk", 0, HEAD);
        return SIGNATURES.entrySet().stream()
                .filter(signature -> head.has(0, signature.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
