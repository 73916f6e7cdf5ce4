package org.sanboot.windows.setup.disc;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * A file or a directory on a disc.
 *
 * @param name as the disc spells it
 * @param directory whether it is a directory
 * @param size in bytes
 * @param extents where its bytes are, in their order
 */
public record DiscFile(String name, boolean directory, long size, List<Extent> extents) {

    private static final int BUFFER = 1 << 20;

    /** Makes the list immutable. */
    public DiscFile {
        extents = List.copyOf(extents);
    }

    /**
     * A run of bytes.
     *
     * @param medium what they are on
     * @param offset of the first, in bytes
     * @param length in bytes
     */
    public record Extent(Medium medium, long offset, long length) {}

    /**
     * Reads a part of the file.
     *
     * @param what the part is called in messages
     * @param offset in bytes
     * @param length in bytes
     * @return the part
     * @throws InfrastructureException when the file ends before it
     */
    public Structure read(String what, long offset, int length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw Structure.damaged(
                    what, "%d bytes at %d lie outside of the file's %d".formatted(length, offset, size));
        }
        byte[] bytes = new byte[length];
        ByteBuffer destination = ByteBuffer.wrap(bytes);
        long start = 0;
        for (Extent extent : extents) {
            long within = offset + destination.position() - start;
            if (within >= 0 && within < extent.length() && destination.position() < length) {
                int part = (int) Math.min(length - destination.position(), extent.length() - within);
                extent.medium()
                        .read(extent.offset() + within, destination.duplicate().limit(destination.position() + part));
                destination.position(destination.position() + part);
            }
            start += extent.length();
        }
        if (destination.hasRemaining()) {
            throw Structure.damaged(what, "the file " + name + " has no space for its size");
        }
        return new Structure(what, bytes);
    }

    /**
     * Copies the file.
     *
     * @param target is written anew
     * @throws InfrastructureException when it cannot be written
     */
    public void copyTo(Path target) {
        try (OutputStream out = Files.newOutputStream(target)) {
            for (long at = 0; at < size; at += BUFFER) {
                int part = (int) Math.min(BUFFER, size - at);
                out.write(read("The file " + name, at, part).bytes(0, part));
            }
        } catch (IOException e) {
            throw new InfrastructureException("The file " + target + " cannot be written: " + e + ".", e);
        }
    }
}
