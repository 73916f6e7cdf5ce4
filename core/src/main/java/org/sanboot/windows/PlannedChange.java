package org.sanboot.windows;

/**
 * One value of the registry, as it is and as it will be.
 *
 * @param change what asks for it
 * @param partition the partition of the installation
 * @param directory the installation's, such as {@code \Windows}
 * @param value the value's path from the hive's root on
 * @param before what it is, for people
 * @param after what it will be, for people
 * @param kind what has to be done
 */
public record PlannedChange(
        PreparationSwitch change,
        int partition,
        String directory,
        String value,
        String before,
        String after,
        Kind kind) {

    /** What has to be done. */
    public enum Kind {
        /** Nothing: it is as it should be. */
        NONE,
        /** The value is there and is overwritten where it stands. */
        OVERWRITE,
        /** The value is not there and is put into free room of the hive. */
        ADD
    }

    /**
     * Describes the change on one line.
     *
     * @return for people
     */
    public String describe() {
        return "%s: %s".formatted(value, kind == Kind.NONE ? before + " already" : before + " -> " + after);
    }
}
