package org.sanboot.iscsi.scsi;

import org.jspecify.annotations.Nullable;

/** The types of persistent reservation (SPC-4 6.15.3.4). */
enum ReservationType {
    WRITE_EXCLUSIVE(0x1, false, false, false),
    EXCLUSIVE_ACCESS(0x3, true, false, false),
    WRITE_EXCLUSIVE_REGISTRANTS_ONLY(0x5, false, true, false),
    EXCLUSIVE_ACCESS_REGISTRANTS_ONLY(0x6, true, true, false),
    WRITE_EXCLUSIVE_ALL_REGISTRANTS(0x7, false, true, true),
    EXCLUSIVE_ACCESS_ALL_REGISTRANTS(0x8, true, true, true);

    private final int code;
    private final boolean exclusive;
    private final boolean admitsRegistrants;
    private final boolean heldByAll;

    ReservationType(int code, boolean exclusive, boolean admitsRegistrants, boolean heldByAll) {
        this.code = code;
        this.exclusive = exclusive;
        this.admitsRegistrants = admitsRegistrants;
        this.heldByAll = heldByAll;
    }

    static @Nullable ReservationType of(int code) {
        for (ReservationType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }

    int code() {
        return code;
    }

    /** Reads, too, are for holders and admitted registrants only. */
    boolean isExclusive() {
        return exclusive;
    }

    /** Every registrant may do what the holder may. */
    boolean admitsRegistrants() {
        return admitsRegistrants;
    }

    /** Every registrant is a holder. */
    boolean isHeldByAll() {
        return heldByAll;
    }
}
