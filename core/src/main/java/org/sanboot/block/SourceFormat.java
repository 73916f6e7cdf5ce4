package org.sanboot.block;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The formats of disk files that people bring, as their names and their first bytes tell them. */
public enum SourceFormat {
    /** Byte n of the disk is byte n of the file. */
    RAW("raw", "raw", "raw"),
    /** QEMU's format. */
    QCOW2("qcow2", "qcow2", "qcow2"),
    /** VMware's format. */
    VMDK("VMDK", "vmdk", "vmdk"),
    /** Hyper-V's format. */
    VHDX("VHDX", "vhdx", "vhdx|avhdx"),
    /** VirtualBox's format. */
    VDI("VDI", "vdi", "vdi"),
    /** Virtual PC's format, which fixed disks have at their end only. */
    VHD("VHD", "vpc", "vhd|vpc|avhd");

    /** Signatures at the start of a file; those without a format are of files that nobody reads here. */
    private record Signature(String name, Optional<SourceFormat> format, boolean isDisk, int offset, String bytes) {

        private boolean isIn(byte[] start) {
            byte[] wanted = bytes.getBytes(StandardCharsets.ISO_8859_1);
            return start.length >= offset + wanted.length
                    && Arrays.equals(start, offset, offset + wanted.length, wanted, 0, wanted.length);
        }
    }

    private static final List<Signature> SIGNATURES = List.of(
            known(QCOW2, "QFI\u00fb"),
            known(VMDK, "KDMV"),
            known(VMDK, "# Disk DescriptorFile"),
            known(VHDX, "vhdxfile"),
            known(VHD, "conectix"),
            new Signature("VDI", Optional.of(VDI), true, 64, "\u007f\u0010\u00da\u00be"),
            known(VDI, "<<< "),
            foreign("Parallels", 0, "WithoutFreeSpace"),
            foreign("Parallels", 0, "WithouFreSpacExt"),
            foreign("QED", 0, "QED\0"),
            foreign("old VMDK (COWD)", 0, "COWD"),
            foreign("LUKS", 0, "LUKS\u00ba\u00be"),
            foreign("Bochs", 0, "Bochs Virtual HD Image"),
            foreign("Expert Witness (EWF)", 0, "EVF\t\r\n"),
            packed("gzip file", 0, "\u001f\u008b"),
            packed("xz file", 0, "\u00fd7zXZ\0"),
            packed("Zstandard file", 0, "(\u00b5/\u00fd"),
            packed("bzip2 file", 0, "BZh"),
            packed("7z file", 0, "7z\u00bc\u00af"),
            packed("zip file", 0, "PK\u0003\u0004"),
            packed("tar or OVA file", 257, "ustar"));

    /** How much of a file {@link #signature} wants to see. */
    static final int SIGNATURE_LENGTH = 512;

    private final String title;
    private final String qemuName;
    /** A regular expression. */
    private final String suffixes;

    SourceFormat(String title, String qemuName, String suffixes) {
        this.title = title;
        this.qemuName = qemuName;
        this.suffixes = suffixes;
    }

    private static Signature known(SourceFormat format, String bytes) {
        return new Signature(format.title, Optional.of(format), true, 0, bytes);
    }

    private static Signature foreign(String name, int offset, String bytes) {
        return new Signature(name, Optional.empty(), true, offset, bytes);
    }

    private static Signature packed(String name, int offset, String bytes) {
        return new Signature(name, Optional.empty(), false, offset, bytes);
    }

    /**
     * Returns what QEMU calls the format.
     *
     * @return the name that {@code qemu-img -f} takes
     */
    public String qemuName() {
        return qemuName;
    }

    /**
     * Returns what people call it.
     *
     * @return a name for messages
     */
    public String title() {
        return title;
    }

    /** Returns what a file's suffix says that it is. */
    static Optional<SourceFormat> ofSuffix(Path file) {
        String name = file.getFileName().toString();
        String suffix = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return suffix.length() == name.length()
                ? Optional.empty()
                : Arrays.stream(values())
                        .filter(format -> suffix.matches(format.suffixes))
                        .findFirst();
    }

    /**
     * What a file begins with.
     *
     * @param name for messages
     * @param format when it is one of those here
     * @param isDisk whether it is a disk, which {@code qemu-img} may convert, and not a file that is packed
     */
    record Found(String name, Optional<SourceFormat> format, boolean isDisk) {}

    /** Looks for a signature in the first bytes of a file and in its last 512. */
    static Optional<Found> signature(byte[] start, byte[] end) {
        Optional<Found> atStart = SIGNATURES.stream()
                .filter(signature -> signature.isIn(start))
                .findFirst()
                .map(signature -> new Found(signature.name, signature.format, signature.isDisk));
        return atStart.isPresent() || !known(VHD, "conectix").isIn(end)
                ? atStart
                : Optional.of(new Found(VHD.title, Optional.of(VHD), true));
    }
}
