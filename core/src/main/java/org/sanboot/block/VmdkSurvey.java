package org.sanboot.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/**
 * Looks through a VMDK file, whether it names others and whether all that its grain tables speak of is there. Field offsets are
 * those of VMware's "Virtual Disk Format 5.0", SparseExtentHeader; little-endian.
 */
final class VmdkSurvey {

    private static final int SECTOR = 512;
    private static final int LONGEST_DESCRIPTOR = 1 << 20;
    private static final long AT_END = -1;
    private static final int COMPRESSED = 1 << 16;
    private static final Pattern EXTENT =
            Pattern.compile("(?m)^\\s*(?:RW|RDONLY|NOACCESS)\\s+\\d+\\s+\\w+\\s+\"([^\"]*)\"");
    private static final Pattern PARENT = Pattern.compile("(?m)^\\s*parentFileNameHint\\s*=\\s*\"?([^\"\\n]*)");

    private final Path named;
    private final FileChannel channel;
    private final long length;
    private final FurtherFiles allowed;

    private VmdkSurvey(Path named, FileChannel channel, long length, FurtherFiles allowed) {
        this.allowed = allowed;
        this.named = named;
        this.channel = channel;
        this.length = length;
    }

    /** Returns the size of the disk, or 0 when only the files say it that the disk may name. */
    static long check(Path named, FileChannel channel, long length, FurtherFiles allowed) throws IOException {
        return new VmdkSurvey(named, channel, length, allowed).check();
    }

    private long check() throws IOException {
        if (text(0, 1).equals("#")) {
            if (allowed instanceof FurtherFiles.Any) {
                return 0; // What the extents are is for QEMU to find out.
            }
            refuseNames(text(0, length), true);
            throw FurtherFiles.refused(named, "the extents of a VMDK descriptor");
        }
        if (length < SECTOR) {
            throw SourceDisk.cutShort(named, "has no whole header");
        }
        ByteBuffer header = sectors(0, 1);
        long capacity = header.getLong(12);
        long descriptor = header.getLong(28);
        long descriptorLength = header.getLong(36);
        if (capacity <= 0) {
            throw FurtherFiles.refused(named, "the extents of a VMDK descriptor");
        }
        if (descriptor > 0 && !(allowed instanceof FurtherFiles.Any)) {
            refuseNames(text(descriptor * SECTOR, descriptorLength * SECTOR), false);
        }
        if (header.getLong(56) == AT_END) {
            header = footer();
        }
        walk(header, capacity);
        return Math.multiplyExact(capacity, (long) SECTOR);
    }

    private void refuseNames(String text, boolean descriptorFile) {
        Matcher parent = PARENT.matcher(text);
        if (parent.find() && !parent.group(1).isBlank()) {
            throw FurtherFiles.refused(named, parent.group(1));
        }
        Matcher extent = EXTENT.matcher(text);
        int extents = 0;
        while (extent.find()) {
            extents++;
            if (descriptorFile || extents > 1) {
                throw FurtherFiles.refused(named, extent.group(1));
            }
        }
    }

    private String text(long offset, long count) throws IOException {
        if (offset < 0 || offset > length || count < 0) {
            throw SourceDisk.cutShort(named, "has its descriptor at byte " + offset);
        }
        int some = (int) Math.min(Math.min(count, LONGEST_DESCRIPTOR), length - offset);
        return new String(SourceDisk.read(channel, offset, some), StandardCharsets.ISO_8859_1);
    }

    /** A file that was written as a stream has its header again before the marker at its end. */
    private ByteBuffer footer() throws IOException {
        ByteBuffer footer = length < 3 * SECTOR ? ByteBuffer.allocate(SECTOR) : sectors(length / SECTOR - 2, 1);
        if (footer.getInt(0) != 0x564d444b) {
            throw SourceDisk.cutShort(named, "has lost the footer at its end");
        }
        return footer;
    }

    private void walk(ByteBuffer header, long capacity) throws IOException {
        long grain = header.getLong(20);
        long perTable = header.getInt(44) & 0xffff_ffffL;
        long directory = header.getLong(56);
        boolean compressed = (header.getInt(8) & COMPRESSED) != 0;
        if (grain < 1 || grain > 1 << 20 || perTable < 1 || perTable > 1 << 16) {
            throw new ConfigurationException("Disk %s is damaged: its grains have %d sectors, its tables %d of them."
                    .formatted(named, grain, perTable));
        }
        long tables = (capacity - 1) / (grain * perTable) + 1;
        if (tables > 1 << 24) {
            throw new ConfigurationException("Disk %s is damaged: it has %d grain tables.".formatted(named, tables));
        }
        ByteBuffer places = part(directory * SECTOR, tables * 4, "grain directory");
        while (places.hasRemaining()) {
            long table = places.getInt() & 0xffff_ffffL;
            if (table != 0) {
                ByteBuffer grains = part(table * SECTOR, perTable * 4, "grain table");
                while (grains.hasRemaining()) {
                    long place = grains.getInt() & 0xffff_ffffL;
                    if (place > 1 && (place + (compressed ? 1 : grain)) * SECTOR > length) {
                        throw SourceDisk.cutShort(named, "has data at byte " + place * SECTOR);
                    }
                }
            }
        }
    }

    private ByteBuffer part(long offset, long count, String what) throws IOException {
        if (offset < 0 || offset > length - count) {
            throw SourceDisk.cutShort(named, "has a %s at byte %d".formatted(what, offset));
        }
        return ByteBuffer.wrap(SourceDisk.read(channel, offset, (int) count)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer sectors(long first, int count) throws IOException {
        return ByteBuffer.wrap(SourceDisk.read(channel, first * SECTOR, count * SECTOR))
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
