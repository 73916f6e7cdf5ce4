package org.sanboot.lab;

import java.util.Set;

/**
 * What a running guest's boot disk is, as both ends see it.
 *
 * @param bus what the guest says its boot disk is on: {@code iSCSI}, or something else in its own words
 * @param sessions the ISIDs of those who have logged in to the target since the machine got its power, firmware and
 *     operating system; they differ in it
 * @param open how many sessions the target has now
 */
public record BootDisk(String bus, Set<Long> sessions, long open) {

    /** Copies the sessions. */
    public BootDisk {
        sessions = Set.copyOf(sessions);
    }

    /**
     * Tells whether the guest runs from the clone over iSCSI.
     *
     * @return true when the guest says so and the target has a session that is not the firmware's
     */
    public boolean isOnIscsi() {
        return bus.equals("iSCSI") && sessions.size() > 1 && open > 0;
    }

    /** Says it for people. */
    @Override
    public String toString() {
        return "boot disk on %s, as the guest says; %d initiators logged in to the target and %d sessions are open"
                .formatted(bus, sessions.size(), open);
    }
}
