package org.sanboot.iscsi.login;

/**
 * What was agreed for a session (RFC 7143 clause 13).
 *
 * @param headerDigest every header is followed by its CRC32C
 * @param dataDigest every data segment is followed by its CRC32C
 * @param maxSendDataSegmentLength the initiator's MaxRecvDataSegmentLength, in bytes
 * @param maxBurstLength the most bytes in one solicited sequence
 * @param firstBurstLength the most unsolicited bytes of one command
 * @param initialR2T no Data-Out comes without an R2T
 * @param immediateData commands may carry data
 * @param maxOutstandingR2T R2Ts open at once for one command
 */
public record SessionParameters(
        boolean headerDigest,
        boolean dataDigest,
        int maxSendDataSegmentLength,
        int maxBurstLength,
        int firstBurstLength,
        boolean initialR2T,
        boolean immediateData,
        int maxOutstandingR2T) {

    /** What holds where nothing was negotiated. */
    public static final SessionParameters DEFAULTS =
            new SessionParameters(false, false, 8192, 262_144, 65_536, true, true, 1);
}
