package org.sanboot.iscsi;

import org.sanboot.block.BlockIoException;

/**
 * Is told how far an initiator got.
 *
 * <p>Called on the target's own threads, in the order of events within a session: return quickly, and do not close the
 * export from here. What a method throws is logged and otherwise ignored.
 */
public interface SessionObserver {

    /** Looks away. */
    SessionObserver NONE = new SessionObserver() {};

    /**
     * An initiator logged in.
     *
     * @param session who
     */
    default void loggedIn(SessionInfo session) {}

    /**
     * A session sent its first SCSI command.
     *
     * @param session whose
     */
    default void firstCommand(SessionInfo session) {}

    /**
     * A session read from a disk for the first time.
     *
     * @param session whose
     */
    default void firstRead(SessionInfo session) {}

    /**
     * A session ended, by logout or otherwise.
     *
     * @param session which
     */
    default void ended(SessionInfo session) {}

    /**
     * A disk failed; the initiator was told by sense data, and its session lives on.
     *
     * @param failure of the disk
     */
    default void deviceFailed(BlockIoException failure) {}
}
