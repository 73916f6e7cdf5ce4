package org.sanboot.evidence.inspection;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file, a directory, or anything else with a name in a file system.
 *
 * @param path absolute, with {@code /} also where the guest writes a backslash
 * @param type as {@code ls} shows it: {@code -} file, {@code d} directory, {@code l} symbolic link, and so on
 * @param permissions nine letters; without meaning on NTFS
 * @param user the owner's number
 * @param group the group's number
 * @param bytes the length
 * @param modified when its content changed last
 * @param changed when anything about it changed last
 * @param target where a symbolic link leads
 * @param address where the file system keeps it
 */
public record Entry(
        String path,
        char type,
        String permissions,
        long user,
        long group,
        long bytes,
        Instant modified,
        Instant changed,
        @Nullable String target,
        String address) {

    /** What a file system, or the Sleuth Kit, keeps for itself in its root; Windows has other names with a dollar sign. */
    private static final Pattern OWN =
            Pattern.compile("^/\\$(AttrDef|BadClus|Bitmap|Boot|Extend|LogFile|MFT|MFTMirr|Secure"
                    + "|UpCase|Volume|OrphanFiles|MBR|FAT\\d)(?![\\w.])");

    /**
     * Returns the last part of the path.
     *
     * @return the name within its directory
     */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    boolean isDirectory() {
        return type == 'd';
    }

    /** Compares what a guest can change; the time of access is not looked at, nor where the file system keeps it. */
    boolean sameAs(Entry other) {
        boolean same = type == other.type
                && permissions.equals(other.permissions)
                && user == other.user
                && group == other.group
                && Objects.equals(target, other.target);
        // A directory's length and times say only that something in it changed, and that is told anyway.
        return same
                && (isDirectory()
                        || (bytes == other.bytes && modified.equals(other.modified) && changed.equals(other.changed)));
    }

    /**
     * Reads a line of the Sleuth Kit's body format: hash, name, address, mode, user, group, size and four times. A name
     * may hold the separator, so the fields are counted from both ends.
     */
    static Optional<Entry> parse(String line) {
        List<String> fields = List.of(line.split("\\|", -1));
        int end = fields.size();
        if (end < 11) {
            return Optional.empty();
        }
        String name = String.join("|", fields.subList(1, end - 9));
        String mode = fields.get(end - 8);
        if (mode.length() < 12
                || mode.startsWith("V")
                || name.endsWith(" ($FILE_NAME)")
                || OWN.matcher(name).find()) {
            return Optional.empty();
        }
        char type = mode.charAt(2) == 'r' ? '-' : mode.charAt(2);
        int arrow = type == 'l' ? name.indexOf(" -> ") : -1;
        try {
            return Optional.of(new Entry(
                    arrow < 0 ? name : name.substring(0, arrow),
                    type,
                    mode.substring(3, 12),
                    Long.parseLong(fields.get(end - 7)),
                    Long.parseLong(fields.get(end - 6)),
                    Long.parseLong(fields.get(end - 5)),
                    Instant.ofEpochSecond(Long.parseLong(fields.get(end - 3))),
                    Instant.ofEpochSecond(Long.parseLong(fields.get(end - 2))),
                    arrow < 0 ? null : name.substring(arrow + 4),
                    fields.get(end - 9)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
