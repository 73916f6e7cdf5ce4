package org.sanboot.block;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * The header of a qcow2 file, without I/O; offsets and sizes in bytes. Clause names are those of QEMU's
 * {@code docs/interop/qcow2.txt}.
 *
 * @param version 2 or 3
 * @param clusterBits the binary logarithm of the cluster size, 9 to 21
 * @param size what the guest sees
 * @param l1Size entries of the L1 table
 * @param l1Offset where the L1 table starts
 * @param refcountTableOffset where the refcount table starts
 * @param refcountTableClusters how many clusters it has
 * @param refcountOrder the binary logarithm of a refcount's width in bits
 * @param incompatibleFeatures what a reader must know
 * @param autoclearFeatures what only a writer that knows them may keep
 * @param backing what it stands on
 */
record Qcow2Header(
        int version,
        int clusterBits,
        long size,
        int l1Size,
        long l1Offset,
        long refcountTableOffset,
        int refcountTableClusters,
        int refcountOrder,
        long incompatibleFeatures,
        long autoclearFeatures,
        @Nullable Backing backing) {

    /**
     * What a file stands on.
     *
     * @param file its name, as written
     * @param format QEMU's name of its format, when one is stated
     */
    record Backing(String file, @Nullable String format) {}

    static final int MAGIC = 0x514649fb; // "QFI\xfb"
    /** How much of a file {@link #parse} wants to see. */
    static final int READ_LENGTH = 64 << 10;
    /** QEMU's own limit for the name of a backing file. */
    static final int MAX_BACKING_FILE = 1023;
    /** QEMU's own limit for an L1 table: 32 MiB. */
    private static final int MAX_L1_ENTRIES = (32 << 20) / Long.BYTES;

    static final long EXTENDED_L2 = 1 << 4;
    private static final long DIRTY = 1;
    private static final long CORRUPT = 1 << 1;
    private static final long EXTERNAL_DATA = 1 << 2;
    private static final long COMPRESSION_TYPE = 1 << 3;

    private static final int LENGTH_V2 = 72;
    private static final int LENGTH_V3 = 104;
    private static final int BACKING_FORMAT_EXTENSION = 0xe2792aca;
    private static final int DATA_FILE_EXTENSION = 0x44415441;
    private static final int END_OF_EXTENSIONS = 0;

    /** Whether the data is in another file, which only QEMU reads. */
    boolean hasExternalData() {
        return (incompatibleFeatures & EXTERNAL_DATA) != 0;
    }

    boolean hasExtendedL2() {
        return (incompatibleFeatures & EXTENDED_L2) != 0;
    }

    int clusterSize() {
        return 1 << clusterBits;
    }

    /** Returns how much of the disk one L2 table, which fills a cluster, describes. */
    long bytesPerL2Table() {
        return (1L << clusterBits) * l2Entries();
    }

    int l2Entries() {
        return clusterSize() / (hasExtendedL2() ? 16 : 8);
    }

    /** Reads the header of an open file. */
    static Qcow2Header read(PositionalFile file) {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(READ_LENGTH, file.size()));
        file.read(0, start);
        return parse(file.path(), start.flip());
    }

    /**
     * Reads a header.
     *
     * @param file named in messages
     * @param start the first {@link #READ_LENGTH} bytes of the file, or all of it
     * @throws ConfigurationException when this is no qcow2 file, or one that is not read here
     */
    static Qcow2Header parse(Path file, ByteBuffer start) {
        return parse(file, start, true);
    }

    /** Reads the header of a file that only QEMU has to be able to read, whatever its compression, its marks, and where its data is. */
    static Qcow2Header parseForeign(Path file, ByteBuffer start) {
        return parse(file, start, false);
    }

    private static Qcow2Header parse(Path file, ByteBuffer start, boolean readHere) {
        if (start.limit() < LENGTH_V2 || start.getInt(0) != MAGIC) {
            throw new ConfigurationException("Disk file " + file + " is not a qcow2 file.");
        }
        int version = start.getInt(4);
        if ((version != 2 && version != 3) || (version == 3 && start.limit() < LENGTH_V3)) {
            throw new ConfigurationException(
                    "Disk file %s is qcow2 version %d; only versions 2 and 3 are read.".formatted(file, version));
        }
        long features = version == 3 ? start.getLong(72) : 0;
        refuseUnreadable(file, start, readHere ? features : features & ~(COMPRESSION_TYPE | DIRTY | EXTERNAL_DATA));
        int headerLength = version == 3 ? start.getInt(100) : LENGTH_V2;
        if (version == 3 && (headerLength < LENGTH_V3 || headerLength > READ_LENGTH)) {
            throw malformed(file, "header of " + Integer.toUnsignedString(headerLength) + " bytes");
        }
        Qcow2Header header = new Qcow2Header(
                version,
                start.getInt(20),
                start.getLong(24),
                start.getInt(36),
                start.getLong(40),
                start.getLong(48),
                start.getInt(56),
                version == 3 ? start.getInt(96) : 4,
                features,
                version == 3 ? start.getLong(88) : 0,
                backing(file, start, headerLength));
        header.check(file);
        return header;
    }

    private static void refuseUnreadable(Path file, ByteBuffer start, long features) {
        String why = null;
        if (start.getInt(32) != 0) {
            why = "is encrypted";
        } else if ((features & EXTERNAL_DATA) != 0) {
            why = "keeps its data in another file";
        } else if ((features & COMPRESSION_TYPE) != 0) {
            why = "is not compressed by zlib";
        } else if ((features & ~(DIRTY | CORRUPT | EXTENDED_L2)) != 0) {
            why = "has the unknown incompatible features 0x%x".formatted(features);
        }
        if (why != null) {
            throw new ConfigurationException(
                    "Disk file %s %s; convert it first: qemu-img convert -O qcow2 %s NEW.".formatted(file, why, file));
        }
        if ((features & (DIRTY | CORRUPT)) != 0) {
            throw new ConfigurationException("Disk file %s is marked as %s; mend it first: qemu-img check -r all %s."
                    .formatted(file, (features & CORRUPT) != 0 ? "corrupt" : "in use or not closed", file));
        }
    }

    private static @Nullable Backing backing(Path file, ByteBuffer start, int headerLength) {
        long offset = start.getLong(8);
        int length = start.getInt(16);
        if (offset == 0) {
            return null;
        }
        int clusterBits = start.getInt(20);
        // As QEMU has it: the name lies in the first cluster, behind the header.
        long end = Math.min(start.limit(), clusterBits >= 0 && clusterBits < 31 ? 1L << clusterBits : 0);
        if (length < 1 || length > MAX_BACKING_FILE || offset < 0 || offset > end - length) {
            throw malformed(file, "backing file name at byte " + offset);
        }
        return new Backing(string(start, (int) offset, length), backingFormat(file, start, headerLength));
    }

    private static @Nullable String backingFormat(Path file, ByteBuffer start, int headerLength) {
        int end = (int) start.getLong(8); // the name follows the extensions
        return extension(file, start, BACKING_FORMAT_EXTENSION, headerLength, end);
    }

    /** Returns the name of the file that has the data of a version 3 file, when the file says it. */
    static @Nullable String dataFile(Path file, ByteBuffer start) {
        int end = (int) Math.min(start.limit(), 1L << Math.min(start.getInt(20), 21));
        return extension(file, start, DATA_FILE_EXTENSION, start.getInt(100), end);
    }

    private static @Nullable String extension(Path file, ByteBuffer start, int wanted, int headerLength, int end) {
        int position = headerLength;
        while (position >= 0 && position <= end - 8) {
            int type = start.getInt(position);
            int length = start.getInt(position + 4);
            if (type == END_OF_EXTENSIONS) {
                return null;
            }
            if (length < 0 || length > end - position - 8) {
                throw malformed(file, "header extension at byte " + position);
            }
            if (type == wanted) {
                return string(start, position + 8, length);
            }
            position += 8 + (int) Ranges.roundUp(length, 8);
        }
        return null;
    }

    private static String string(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void check(Path file) {
        if (clusterBits < (hasExtendedL2() ? 14 : 9) || clusterBits > 21) {
            throw malformed(file, "cluster size of 2^" + clusterBits + " bytes");
        }
        if (size < 1) {
            throw malformed(file, "size of " + size + " bytes");
        }
        long l1Needed = (size - 1) / bytesPerL2Table() + 1;
        if (l1Size < 0 || l1Size > MAX_L1_ENTRIES || l1Size < l1Needed) {
            throw malformed(file, "L1 table of " + l1Size + " entries for " + size + " bytes");
        }
        if (!isClusterAligned(l1Offset) || l1Offset == 0) {
            throw malformed(file, "L1 table at byte " + l1Offset);
        }
    }

    boolean isClusterAligned(long offset) {
        return offset >= 0 && (offset & (clusterSize() - 1)) == 0;
    }

    static ConfigurationException malformed(Path file, String what) {
        return new ConfigurationException(
                "Disk file %s is damaged: its %s is impossible; see qemu-img check %s.".formatted(file, what, file));
    }

    /** Returns the header of version 3 with its extensions, ready to be written at byte 0. */
    ByteBuffer encode() {
        byte[] name = backing == null ? new byte[0] : backing.file.getBytes(StandardCharsets.UTF_8);
        String stated = backing == null || backing.format == null ? "" : backing.format;
        byte[] format = stated.getBytes(StandardCharsets.UTF_8);
        int formatLength = format.length == 0 ? 0 : 8 + (int) Ranges.roundUp(format.length, 8);
        int backingOffset = LENGTH_V3 + formatLength + 8;
        ByteBuffer buffer = ByteBuffer.allocate(backingOffset + name.length);
        buffer.putInt(MAGIC).putInt(version);
        buffer.putLong(name.length == 0 ? 0 : backingOffset).putInt(name.length);
        buffer.putInt(clusterBits).putLong(size);
        buffer.putInt(0); // crypt_method: none
        buffer.putInt(l1Size).putLong(l1Offset);
        buffer.putLong(refcountTableOffset).putInt(refcountTableClusters);
        buffer.putInt(0).putLong(0); // no snapshots
        buffer.putLong(incompatibleFeatures).putLong(0).putLong(autoclearFeatures); // no compatible features
        buffer.putInt(refcountOrder).putInt(LENGTH_V3);
        if (format.length != 0) {
            buffer.putInt(BACKING_FORMAT_EXTENSION).putInt(format.length).put(format);
            buffer.position(LENGTH_V3 + formatLength);
        }
        buffer.putInt(END_OF_EXTENSIONS).putInt(0);
        return buffer.put(name).flip();
    }
}
