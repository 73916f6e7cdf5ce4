package org.sanboot.iscsi.scsi;

/**
 * A SCSI initiator port of iSCSI: a name and an ISID (RFC 7143 4.4.2). Registrations of persistent reservations belong to
 * one.
 *
 * @param name of the initiator, in lower case
 * @param isid the initiator's part of the session identifier, 48 bits
 */
public record InitiatorPort(String name, long isid) {

    /** Returns the name of the port (RFC 7143 4.4.4). */
    String portName() {
        return String.format("%s,i,0x%012x", name, isid);
    }
}
