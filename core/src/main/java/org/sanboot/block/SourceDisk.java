package org.sanboot.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * A disk file or block device that somebody names, examined before anything is made of it: what it is, that all of it is there,
 * and that it names no other files unless that is allowed.
 *
 * <p>What a file contains may have been written by a guest or a stranger. So its format is what the user says, or what its
 * suffix says; content decides only where it cannot mislead. A file that is called {@code .raw}, and a block device, are raw
 * whatever is in them.
 */
public final class SourceDisk {

    private static final int SECTOR = 512;
    private static final long MODE_TYPE = 0170000;
    private static final long MODE_BLOCK_DEVICE = 0060000;

    private final Path named;
    private final Path path;
    private final SourceFormat format;
    private final long length;
    private final boolean fixedVhd;
    private final FurtherFiles allowed;

    private SourceDisk(Path named, SourceFormat format, long length, boolean fixedVhd, FurtherFiles allowed) {
        this.named = named;
        this.path = named.toAbsolutePath();
        this.format = format;
        this.length = length;
        this.fixedVhd = fixedVhd;
        this.allowed = allowed;
    }

    /**
     * Examines a disk that may be in any format.
     *
     * @param file the disk
     * @param said the format as the user says it; none when the file's name tells it
     * @param allowed which further files it may name
     * @return the disk
     * @throws ConfigurationException when it is missing, no disk, of unknown format, cut short, damaged, or names files that
     *     it may not
     */
    public static SourceDisk examine(Path file, @Nullable SourceFormat said, FurtherFiles allowed) {
        boolean device = checkKind(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long length = channel.size();
            if (length == 0) {
                throw new ConfigurationException("Disk " + file + " is empty.");
            }
            byte[] start = read(channel, 0, (int) Math.min(SourceFormat.SIGNATURE_LENGTH, length));
            byte[] end = read(channel, Math.max(0, length - SECTOR), (int) Math.min(SECTOR, length));
            SourceFormat format = format(file, device, said, start, end);
            boolean fixed = format == SourceFormat.VHD && !startsWith(start, "conectix");
            SourceDisk disk = new SourceDisk(file, format, length, fixed, allowed);
            disk.examine(channel, end);
            return disk;
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw new ConfigurationException("Disk " + file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Examines a disk that is to be {@linkplain #open opened}.
     *
     * @param file the disk
     * @param said the format as the user says it; none when the file's name tells it
     * @param allowed which further files it may name
     * @return the disk
     * @throws ConfigurationException as {@link #examine} does, and when it is neither raw nor qcow2
     */
    public static SourceDisk examineReadable(Path file, @Nullable SourceFormat said, FurtherFiles allowed) {
        if (said == null && !checkKind(file) && !SourceFormat.ofSuffix(file).equals(Optional.of(SourceFormat.RAW))) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                long length = channel.size();
                byte[] start = read(channel, 0, (int) Math.min(SourceFormat.SIGNATURE_LENGTH, length));
                byte[] end = read(channel, Math.max(0, length - SECTOR), (int) Math.min(SECTOR, length));
                SourceFormat.signature(start, end)
                        .filter(found -> found.isDisk() && !found.format().equals(Optional.of(SourceFormat.QCOW2)))
                        .ifPresent(found -> {
                            throw unreadable(file, found.name());
                        });
            } catch (NoSuchFileException e) {
                throw missing(file, e);
            } catch (IOException e) {
                throw new ConfigurationException("Disk " + file + " cannot be read: " + e.getMessage() + ".", e);
            }
        }
        SourceDisk disk = examine(file, said, allowed);
        if (disk.format != SourceFormat.RAW && disk.format != SourceFormat.QCOW2) {
            throw unreadable(file, disk.format.title());
        }
        return disk;
    }

    private static ConfigurationException unreadable(Path file, String format) {
        return new ConfigurationException(
                "%1$s is a %2$s disk, and only raw and qcow2 disks are read; convert it: qemu-img convert -O qcow2 %1$s %1$s.qcow2"
                        .formatted(file, format));
    }

    private static ConfigurationException missing(Path file, Exception cause) {
        return new ConfigurationException("Disk " + file + " does not exist.", cause);
    }

    /** Tells whether a file is a block device, and refuses what is no disk before it is opened: a FIFO would be waited for. */
    private static boolean checkKind(Path file) {
        try {
            if (Files.isRegularFile(file)) {
                return false;
            }
            if (Files.isDirectory(file)) {
                throw new ConfigurationException("Disk " + file + " is a directory; name the disk file in it.");
            }
            long mode = ((Number) Files.getAttribute(file, "unix:mode")).longValue();
            if ((mode & MODE_TYPE) == MODE_BLOCK_DEVICE) {
                return true;
            }
            throw new ConfigurationException(
                    "Disk %s is neither a file nor a block device but a FIFO, a socket or a character device."
                            .formatted(file));
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw new ConfigurationException("Disk " + file + " cannot be read: " + e + ".", e);
        }
    }

    private static SourceFormat format(
            Path file, boolean device, @Nullable SourceFormat said, byte[] start, byte[] end) {
        Optional<SourceFormat> named = SourceFormat.ofSuffix(file);
        if (said == SourceFormat.RAW || (said == null && (device || named.equals(Optional.of(SourceFormat.RAW))))) {
            return SourceFormat.RAW;
        }
        Optional<SourceFormat.Found> found = SourceFormat.signature(start, end);
        SourceFormat wanted = said != null ? said : named.orElse(null);
        if (wanted != null) {
            if (found.flatMap(SourceFormat.Found::format).equals(Optional.of(wanted))) {
                return wanted;
            }
            throw new ConfigurationException("Disk %s is said to be %s, but %s; if it is a raw disk, say --format raw."
                    .formatted(
                            file,
                            wanted.title(),
                            found.map(other -> "begins or ends like a " + other.name())
                                    .orElse("has no such signature: it is damaged, cut short, or something else")));
        }
        if (found.isEmpty()) {
            return SourceFormat.RAW;
        }
        SourceFormat.Found other = found.get();
        if (other.format().isEmpty()) {
            throw new ConfigurationException(
                    ("Disk %s begins like a %s, which is not read; unpack or convert it first. If it is a raw disk that only begins"
                                    + " so, say --format raw.")
                            .formatted(file, other.name() + (other.isDisk() ? " disk" : "")));
        }
        throw new ConfigurationException(
                ("Disk %s begins or ends like a %s disk, which a guest can also have written to a raw one; say which it is, --format %s"
                                + " or --format raw, or give its name the suffix .%s or .raw.")
                        .formatted(
                                file,
                                other.name(),
                                other.format().get().name().toLowerCase(java.util.Locale.ROOT),
                                other.format().get().name().toLowerCase(java.util.Locale.ROOT)));
    }

    private void examine(FileChannel channel, byte[] end) throws IOException {
        switch (format) {
            case RAW -> checkSize(length);
            case QCOW2 -> checkSize(Qcow2Survey.check(named, allowed));
            case VMDK -> checkSize(VmdkSurvey.check(named, channel, length, allowed));
            case VHD -> examineVhd(channel, end);
            case VDI -> examineVdi(channel);
            case VHDX -> {} // qemu-img itself refuses parents and blocks behind the end of the file
        }
    }

    private void checkSize(long size) {
        if (size > OverlayLayout.MAX_SIZE) {
            throw new ConfigurationException(
                    "Disk %s has %d bytes, and disks of up to 16 TiB are read.".formatted(named, size));
        }
    }

    /** Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format": big-endian, a copy of it first when dynamic. */
    private void examineVhd(FileChannel channel, byte[] end) throws IOException {
        if (!startsWith(end, "conectix")) {
            throw cutShort("has lost the footer at its end");
        }
        ByteBuffer footer = ByteBuffer.wrap(end);
        long size = footer.getLong(48);
        int type = footer.getInt(60);
        if (type == 4) {
            throw FurtherFiles.refused(named, "the parent of a differencing disk");
        }
        if ((type != 2 && type != 3) || fixedVhd != (type == 2)) {
            throw new ConfigurationException("Disk %s is a VHD of unknown type %d.".formatted(named, type));
        }
        if (size < SECTOR || (fixedVhd && size > length - SECTOR)) {
            throw cutShort("has %d bytes and should have %d".formatted(length, size + SECTOR));
        }
        checkSize(size);
        if (!fixedVhd) {
            examineDynamicVhd(channel);
        }
    }

    private void examineDynamicVhd(FileChannel channel) throws IOException {
        long headerOffset = ByteBuffer.wrap(read(channel, 16, 8)).getLong();
        if (headerOffset < 0 || headerOffset > length - 1024) {
            throw cutShort("has its header at byte " + headerOffset);
        }
        ByteBuffer header = ByteBuffer.wrap(read(channel, headerOffset, 1024));
        long table = header.getLong(16);
        long entries = header.getInt(28) & 0xffff_ffffL;
        long blockSize = header.getInt(32) & 0xffff_ffffL;
        if (table < 0 || table > length - entries * 4 || entries > 1 << 24) {
            throw cutShort("has its block table at byte " + table);
        }
        ByteBuffer blocks = ByteBuffer.wrap(read(channel, table, (int) entries * 4));
        while (blocks.hasRemaining()) {
            long sector = blocks.getInt() & 0xffff_ffffL;
            if (sector != 0xffff_ffffL && sector * SECTOR + blockSize > length) {
                throw cutShort("has a block at byte " + sector * SECTOR);
            }
        }
    }

    /** VirtualBox's header, little-endian: the type at 76, the data's offset at 344, and the counts of blocks from 376 on. */
    private void examineVdi(FileChannel channel) throws IOException {
        if (length < SECTOR) {
            throw cutShort("has no whole header");
        }
        ByteBuffer header = ByteBuffer.wrap(read(channel, 0, SECTOR)).order(ByteOrder.LITTLE_ENDIAN);
        int type = header.getInt(76);
        if (type == 3 || type == 4) {
            throw FurtherFiles.refused(named, "the parent of a differencing disk");
        }
        long data = header.getInt(344) & 0xffff_ffffL;
        long allocated = header.getInt(388) & 0xffff_ffffL;
        long blockSize = header.getInt(376) & 0xffff_ffffL;
        checkSize(header.getLong(368));
        if (data + allocated * blockSize > length) {
            throw cutShort("has %d bytes and should have %d".formatted(length, data + allocated * blockSize));
        }
    }

    private ConfigurationException cutShort(String how) {
        return cutShort(named, how);
    }

    static ConfigurationException cutShort(Path file, String how) {
        return new ConfigurationException(
                "Disk %s is cut short or damaged: it %s, where its file ends before; copy it again from where it came from."
                        .formatted(file, how));
    }

    private static boolean startsWith(byte[] bytes, String text) {
        return new String(bytes, 0, Math.min(bytes.length, text.length()), StandardCharsets.ISO_8859_1).equals(text);
    }

    static byte[] read(FileChannel channel, long offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException("it ends at byte " + (offset + buffer.position()));
            }
        }
        return buffer.array();
    }

    /**
     * Returns where the disk is.
     *
     * @return an absolute path, which no program takes for an option or a protocol
     */
    public Path path() {
        return path;
    }

    /**
     * Returns the file as the user named it.
     *
     * @return for messages
     */
    public Path named() {
        return named;
    }

    /**
     * Returns what the disk is.
     *
     * @return the format
     */
    public SourceFormat format() {
        return format;
    }

    /**
     * Returns the bytes of the file that are the disk when it is a fixed VHD, which is raw but for its footer.
     *
     * @return the number of bytes from the beginning of the file, or 0 when this is no fixed VHD
     */
    public long fixedVhdSize() {
        return fixedVhd ? length - SECTOR : 0;
    }

    /**
     * Returns how long the file or device is.
     *
     * @return in bytes
     */
    public long length() {
        return length;
    }

    /**
     * Opens the disk for reading only.
     *
     * @return the disk, to be closed
     * @throws ConfigurationException when it is neither raw nor qcow2
     */
    public Layer open() {
        return switch (format) {
            case RAW -> RawDisk.open(path);
            case QCOW2 -> Qcow2Disk.open(path);
            case VMDK, VHDX, VDI, VHD -> throw unreadable(named, format.title());
        };
    }
}
