package org.sanboot.windows.ntfs;

/** Whether a volume's own log, {@code $LogFile}, has changes that its structures have not. */
public enum LogState {
    /** The volume was dismounted, or the log is empty: what stands on the disk is all there is. */
    CLEAN,
    /** The volume was not dismounted; what was read may be older than what Windows will make of it at its next start. */
    UNCLEAN,
    /** The log's head is damaged or of a version that is not known, so that nobody can tell. */
    UNREADABLE
}
