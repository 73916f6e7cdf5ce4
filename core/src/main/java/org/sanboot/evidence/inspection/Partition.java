package org.sanboot.evidence.inspection;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a disk.
 *
 * @param number from 1 on, or 0 for a disk without partitions
 * @param offset in bytes
 * @param bytes how many
 */
record Partition(int number, long offset, long bytes) {

    /** Holds the partition tables, an MBR or the first 34 sectors of a GPT (UEFI 2.10, 5.3.1), and any file system's first words. */
    private static final long HEAD = 1 << 20;

    private static final long SECTOR = 512;

    /** A line of mmls: number, slot, first, last and number of sectors; a slot is {@code 000:001}, or {@code 001} in a GPT. */
    private static final Pattern LINE = Pattern.compile("\\d+:\\s+(?:\\d+|\\d+:\\d+)\\s+(\\d+)\\s+\\d+\\s+(\\d+)\\s.*");

    /** Reads the partition table. */
    static List<Partition> of(DiskChain.Layer disk, Path directory, Tools tools) throws IOException {
        Partition whole = new Partition(0, 0, disk.bytes());
        Path head = whole.head(disk, directory, tools);
        Tools.Result table = tools.run("mmls", "-a", head.toString());
        Files.delete(head);
        List<Partition> partitions = new ArrayList<>();
        for (String line : table.output().lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (table.status() == 0 && matcher.matches()) {
                long offset = Long.parseLong(matcher.group(1)) * SECTOR;
                long bytes = Math.min(Long.parseLong(matcher.group(2)) * SECTOR, disk.bytes() - offset);
                if (bytes > 0) {
                    partitions.add(new Partition(partitions.size() + 1, offset, bytes));
                }
            }
        }
        return partitions.isEmpty() ? List.of(whole) : partitions;
    }

    /** Returns the kind of file system, or an empty text when it is none that can be read. */
    String fileSystem(DiskChain.Layer disk, Path directory, Tools tools) throws IOException {
        Path head = head(disk, directory, tools);
        Tools.Result result = tools.run("fsstat", "-t", head.toString());
        Files.delete(head);
        return result.status() == 0 ? result.output().strip() : "";
    }

    /** Copies the beginning to a file of the full length, because tables are checked against that. */
    private Path head(DiskChain.Layer disk, Path directory, Tools tools) throws IOException {
        Path head = directory.resolve("head" + number + ".raw");
        copy(disk, Math.min(HEAD, bytes), head, tools);
        try (var file = new RandomAccessFile(head.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return head;
    }

    void copy(DiskChain.Layer disk, long length, Path file, Tools tools) {
        String source = "driver=raw,offset=%d,size=%d,file.driver=%s,file.file.driver=file,file.file.filename=%s"
                .formatted(offset, length, disk.format(), option(disk.file()));
        tools.require("qemu-img", "convert", "-U", "-O", "raw", "--image-opts", source, file.toString());
    }

    /** Doubles the commas, as QEMU's option syntax has it. */
    static String option(Path path) {
        return path.toString().replace(",", ",,");
    }
}
