package org.sanboot.iscsi.login;

/**
 * A login that came to its end.
 *
 * @param discovery only SendTargets may follow
 * @param initiatorName in lower case
 * @param targetName in lower case; empty in a discovery session
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih as the initiator gave it, 0 for a new session
 * @param cid the connection, 0 to 65535
 * @param cmdSN the first command number of the session
 * @param parameters what was agreed
 */
public record LoginResult(
        boolean discovery,
        String initiatorName,
        String targetName,
        long isid,
        int tsih,
        int cid,
        int cmdSN,
        SessionParameters parameters) {}
