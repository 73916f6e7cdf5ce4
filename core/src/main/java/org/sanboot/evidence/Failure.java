package org.sanboot.evidence;

import java.nio.file.Path;
import java.util.List;

/**
 * A failure that was kept.
 *
 * @param id its name in the store, unique, starting with the date
 * @param directory everything that was kept
 * @param disk the sealed overlay in it, a standard qcow2 file
 */
public record Failure(String id, Path directory, Path disk) {

    /**
     * Returns the commands that inspect it, boot a clone of it, and delete it.
     *
     * @return three lines for a terminal
     */
    public List<String> commands() {
        return List.of(
                "inspect   qemu-img info --backing-chain " + disk + "   (or: guestfish --ro -i -a " + disk + ")",
                "boot      sanboot boot --failure " + id,
                "delete    sanboot failures delete " + id);
    }
}
