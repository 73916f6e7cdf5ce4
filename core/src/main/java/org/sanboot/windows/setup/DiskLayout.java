package org.sanboot.windows.setup;

import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.sanboot.boot.Firmware;

/**
 * How the disk is divided, in an answer file's words. The one disk of the machine is the iSCSI disk.
 *
 * <p>Microsoft Learn, "UEFI/GPT-based hard drive partitions" and "BIOS/MBR-based hard drive partitions": the sizes there do
 * for disks of either sector size.
 *
 * @param partitions in their order on the disk; the last one is Windows'
 */
record DiskLayout(List<Partition> partitions) {

    private static final String ADD = "add";

    /**
     * One partition of the disk.
     *
     * @param type as CreatePartition has it
     * @param mebibytes 0 for all the space that is left
     * @param format empty for a partition without a file system
     * @param letter empty for none
     * @param isActive whether a BIOS starts it
     */
    record Partition(
            int id, String type, int mebibytes, String format, String label, String letter, boolean isActive) {}

    static DiskLayout of(Firmware firmware, SetupRelease release) {
        return firmware == Firmware.UEFI
                ? new DiskLayout(List.of(
                        new Partition(1, "EFI", 260, "FAT32", "System", "", false),
                        new Partition(2, "MSR", release.reservedMebibytes(), "", "", "", false),
                        new Partition(3, "Primary", 0, "NTFS", "Windows", "C", false)))
                : new DiskLayout(List.of(
                        new Partition(1, "Primary", 500, "NTFS", "System", "", true),
                        new Partition(2, "Primary", 0, "NTFS", "Windows", "C", false)));
    }

    /** The number of the partition that Windows is installed to. */
    int windows() {
        return partitions.size();
    }

    /** Writes the setting DiskConfiguration. */
    void write(XmlText xml) throws XMLStreamException {
        xml.text("WillShowUI", "OnError");
        xml.element(
                "Disk",
                () -> {
                    xml.text("DiskID", 0);
                    xml.text("WillWipeDisk", true);
                    xml.element("CreatePartitions", () -> {
                        for (Partition partition : partitions) {
                            create(xml, partition);
                        }
                    });
                    xml.element("ModifyPartitions", () -> {
                        for (Partition partition : partitions) {
                            if (!partition.format().isEmpty()) {
                                modify(xml, partition);
                            }
                        }
                    });
                },
                "wcm:action",
                ADD);
    }

    private static void create(XmlText xml, Partition partition) throws XMLStreamException {
        xml.element(
                "CreatePartition",
                () -> {
                    xml.text("Order", partition.id());
                    xml.text("Type", partition.type());
                    if (partition.mebibytes() == 0) {
                        xml.text("Extend", true);
                    } else {
                        xml.text("Size", partition.mebibytes());
                    }
                },
                "wcm:action",
                ADD);
    }

    private static void modify(XmlText xml, Partition partition) throws XMLStreamException {
        xml.element(
                "ModifyPartition",
                () -> {
                    xml.text("Order", partition.id());
                    xml.text("PartitionID", partition.id());
                    if (partition.isActive()) {
                        xml.text("Active", true);
                    }
                    xml.text("Format", partition.format());
                    xml.text("Label", partition.label());
                    if (!partition.letter().isEmpty()) {
                        xml.text("Letter", partition.letter());
                    }
                },
                "wcm:action",
                ADD);
    }
}
