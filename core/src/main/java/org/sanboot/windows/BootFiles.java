package org.sanboot.windows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * What a disk has of the files that start a Windows before its own driver loads: for BIOS {@code \bootmgr} and {@code
 * \Boot\BCD} on an NTFS volume, for UEFI {@code bootmgfw.efi} and {@code BCD} in {@code \EFI\Microsoft\Boot} on a FAT volume
 * (Microsoft, "BCD system store settings").
 */
final class BootFiles {

    private static final int MOST_BCD = 1 << 20;
    private static final int BOOT_SECTOR = 512;
    /** A path in the configuration, which names the file that a native boot starts from. */
    private static final Pattern VIRTUAL_DISK = Pattern.compile(
            "\\\\[\\p{Print}&&[^\\\\:*?\"<>|]][\\p{Print}&&[^:*?\"<>|]]{0,200}?\\.vhdx?", Pattern.CASE_INSENSITIVE);

    private final List<Integer> bios = new ArrayList<>();
    private final List<Integer> uefi = new ArrayList<>();
    private Optional<String> virtualDisk = Optional.empty();

    /** Looks at an NTFS volume; what cannot be read of it is not there. */
    void add(int partition, NtfsVolume volume) {
        try {
            Optional<NtfsFile> bcd = volume.find(List.of("Boot", "BCD"));
            if (bcd.isPresent() && volume.find(List.of("bootmgr")).isPresent() && isConfiguration(bcd.get())) {
                bios.add(partition);
            }
        } catch (InfrastructureException e) {
            // The volume's other readers say what is wrong with it.
        }
    }

    private boolean isConfiguration(NtfsFile bcd) {
        int size = (int) Math.min(bcd.size(), MOST_BCD);
        if (size < BOOT_SECTOR) {
            return false;
        }
        Structure bytes = bcd.read("The boot configuration", 0, size);
        Matcher path = VIRTUAL_DISK.matcher(new String(bytes.bytes(0, size & ~1), StandardCharsets.UTF_16LE));
        if (path.find()) {
            virtualDisk = Optional.of(Structure.printable(path.group()));
        }
        return bytes.has(0, "regf");
    }

    /** Looks at a partition that is not NTFS. */
    void add(int partition, Medium medium) {
        try {
            if (FatVolume.isOne(medium)) {
                FatVolume volume = FatVolume.open(medium);
                if (isThere(volume, "bootmgfw.efi") && isThere(volume, "BCD")) {
                    uefi.add(partition);
                }
            }
        } catch (InfrastructureException e) {
            // What cannot be read is not there; the examination says what is missing.
        }
    }

    private static boolean isThere(FatVolume volume, String file) {
        return volume.size(List.of("EFI", "Microsoft", "Boot", file))
                .filter(size -> size > 0)
                .isPresent();
    }

    /** Returns the virtual disk that the boot configuration starts a Windows from. */
    Optional<String> virtualDisk() {
        return virtualDisk;
    }

    /** Says whether a Windows on one of the disk's volumes can be started from this disk. */
    Examination examine(NtfsVolume volume, String directory) {
        List<String> seen = new ArrayList<>();
        Optional<String> system = virtualDisk.map(
                path -> "The boot configuration starts a Windows from the virtual disk %s.".formatted(path));
        boolean exe = has(volume, directory, "winload.exe");
        boolean efi = has(volume, directory, "winload.efi");
        if (!bios.isEmpty() && exe) {
            seen.add("BIOS: bootmgr and Boot\\BCD in partition %s, winload.exe".formatted(list(bios)));
        }
        if (!uefi.isEmpty() && efi) {
            seen.add("UEFI: EFI\\Microsoft\\Boot\\bootmgfw.efi and BCD in partition %s, winload.efi"
                    .formatted(list(uefi)));
        }
        if (system.isPresent()) {
            return Examination.unknown(
                    Examination.Subject.BOOT_FILES,
                    "Boot\\BCD: " + virtualDisk.get(),
                    system.get(),
                    "A Windows in a virtual disk file (native boot) was not looked at; convert that file with qemu-img and import it as an image of its own.");
        }
        if (seen.isEmpty()) {
            return Examination.unknown(
                    Examination.Subject.BOOT_FILES,
                    "winload.exe %s, winload.efi %s, bootmgr with Boot\\BCD %s, bootmgfw.efi with BCD %s"
                            .formatted(word(exe), word(efi), word(!bios.isEmpty()), word(!uefi.isEmpty())),
                    "Neither the files that BIOS starts Windows by nor those for UEFI are all on this disk.",
                    "If they are on another disk, bring them here with \"bcdboot C:\\Windows\" from Windows' recovery console.");
        }
        return Examination.sound(Examination.Subject.BOOT_FILES, String.join("; ", seen));
    }

    private static boolean has(NtfsVolume volume, String directory, String loader) {
        try {
            return volume.find(List.of(directory.substring(1), "System32", loader))
                    .isPresent();
        } catch (InfrastructureException e) {
            return false;
        }
    }

    private static String list(List<Integer> partitions) {
        return String.join(", ", partitions.stream().map(String::valueOf).toList());
    }

    private static String word(boolean there) {
        return there ? "there" : "missing";
    }
}
