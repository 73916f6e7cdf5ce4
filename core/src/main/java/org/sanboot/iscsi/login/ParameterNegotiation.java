package org.sanboot.iscsi.login;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;

/** The operational keys of one login (RFC 7143 clause 13), each answered by its own rule. */
final class ParameterNegotiation {

    /**
     * What this target takes in one PDU. Large enough that a 1 MiB write is four PDUs, small enough that a segment stays in
     * a processor's cache between the socket and the disk.
     */
    static final int MAX_RECV_DATA_SEGMENT_LENGTH = 262_144;

    /** What {@link #answer(String, String)} knows, and what is answered elsewhere. */
    static final Set<String> KEYS = Set.of(
            "HeaderDigest",
            "DataDigest",
            "MaxRecvDataSegmentLength",
            "MaxBurstLength",
            "FirstBurstLength",
            "InitialR2T",
            "ImmediateData",
            "MaxOutstandingR2T",
            "MaxConnections",
            "ErrorRecoveryLevel",
            "DefaultTime2Wait",
            "DefaultTime2Retain",
            "DataPDUInOrder",
            "DataSequenceInOrder",
            "IFMarker",
            "OFMarker",
            "IFMarkInt",
            "OFMarkInt",
            "TaskReporting",
            "iSCSIProtocolLevel",
            "InitiatorName",
            "InitiatorAlias",
            "TargetName",
            "TargetAlias",
            "TargetAddress",
            "TargetPortalGroupTag",
            "SessionType",
            "AuthMethod");

    /** What may come unasked with one command at most: it is held in memory until the disk has it. */
    private static final int LARGEST_FIRST_BURST = 262_144;

    private static final int LARGEST_LENGTH = 0xFFFFFF;
    private static final int SMALLEST_LENGTH = 512;
    private static final int MAX_OUTSTANDING_R2T = 8;
    private static final int LARGEST_COUNT = 65_535;
    private static final int LONGEST_TIME = 3600;

    private final Set<String> seen = new HashSet<>();
    private boolean declared;

    private boolean headerDigest = SessionParameters.DEFAULTS.headerDigest();
    private boolean dataDigest = SessionParameters.DEFAULTS.dataDigest();
    private int maxSendDataSegmentLength = SessionParameters.DEFAULTS.maxSendDataSegmentLength();
    private int maxBurstLength = SessionParameters.DEFAULTS.maxBurstLength();
    private int firstBurstLength = SessionParameters.DEFAULTS.firstBurstLength();
    private boolean initialR2T = SessionParameters.DEFAULTS.initialR2T();
    private boolean immediateData = SessionParameters.DEFAULTS.immediateData();
    private int maxOutstandingR2T = SessionParameters.DEFAULTS.maxOutstandingR2T();

    /** Answers the keys of one request in the operational stage. */
    List<Entry<String, String>> answer(Map<String, String> offered) {
        List<Entry<String, String>> answers = new ArrayList<>();
        offered.forEach((key, value) -> {
            if (!seen.add(key)) {
                throw new LoginFailure(LoginStatus.INITIATOR_ERROR, key + " was negotiated twice");
            }
            String answer = answer(key, value);
            if (!answer.isEmpty()) {
                answers.add(Map.entry(key, answer));
            }
        });
        // Another key of the same request may have made the burst shorter (RFC 7143 13.14).
        if (firstBurstLength > maxBurstLength) {
            answers.replaceAll(answer -> answer.getKey().equals("FirstBurstLength")
                    ? Map.entry(answer.getKey(), Integer.toString(maxBurstLength))
                    : answer);
        }
        if (!declared) {
            declared = true;
            answers.add(Map.entry("MaxRecvDataSegmentLength", Integer.toString(MAX_RECV_DATA_SEGMENT_LENGTH)));
        }
        return answers;
    }

    SessionParameters result() {
        return new SessionParameters(
                headerDigest,
                dataDigest,
                maxSendDataSegmentLength,
                maxBurstLength,
                Math.min(firstBurstLength, maxBurstLength),
                initialR2T,
                immediateData,
                maxOutstandingR2T);
    }

    /** Returns the answer to one key; empty where the key is a declaration that takes none. */
    private String answer(String key, String value) {
        return switch (key) {
            case "HeaderDigest" -> {
                String digest = firstDigest(value);
                headerDigest = digest.equals("CRC32C");
                yield digest;
            }
            case "DataDigest" -> {
                String digest = firstDigest(value);
                dataDigest = digest.equals("CRC32C");
                yield digest;
            }
            case "MaxRecvDataSegmentLength" -> {
                maxSendDataSegmentLength = declaredLength(key, value);
                yield "";
            }
            case "MaxBurstLength" -> {
                int length = number(value, SMALLEST_LENGTH, LARGEST_LENGTH);
                maxBurstLength = length < 0 ? maxBurstLength : length;
                yield orReject(length);
            }
            case "FirstBurstLength" -> {
                int length = Math.min(number(value, SMALLEST_LENGTH, LARGEST_LENGTH), LARGEST_FIRST_BURST);
                firstBurstLength = length < 0 ? firstBurstLength : length;
                yield orReject(length);
            }
            case "InitialR2T" -> {
                initialR2T = !value.equals("No");
                yield booleanOrReject(value, initialR2T);
            }
            case "ImmediateData" -> {
                immediateData = !value.equals("No");
                yield booleanOrReject(value, immediateData);
            }
            case "MaxOutstandingR2T" -> {
                int count = Math.min(number(value, 1, LARGEST_COUNT), MAX_OUTSTANDING_R2T);
                maxOutstandingR2T = count < 0 ? maxOutstandingR2T : count;
                yield orReject(count);
            }
            case "MaxConnections" -> orReject(Math.min(number(value, 1, LARGEST_COUNT), 1));
            case "ErrorRecoveryLevel" -> orReject(Math.min(number(value, 0, 2), 0));
            case "DefaultTime2Wait" -> orReject(number(value, 0, LONGEST_TIME));
            case "DefaultTime2Retain" -> orReject(Math.min(number(value, 0, LONGEST_TIME), 0));
            case "DataPDUInOrder", "DataSequenceInOrder" -> booleanOrReject(value, true);
            // Obsolete since RFC 7143 13.25; older initiators are content with No.
            case "IFMarker", "OFMarker" -> booleanOrReject(value, false);
            case "IFMarkInt", "OFMarkInt" -> "Irrelevant";
            case "TaskReporting" -> List.of(value.split(",")).contains("RFC3720") ? "RFC3720" : "Reject";
            case "iSCSIProtocolLevel" -> orReject(Math.min(number(value, 0, LARGEST_COUNT), 1));
            case "InitiatorName", "InitiatorAlias", "TargetName", "SessionType" -> "";
            default -> "NotUnderstood";
        };
    }

    private static String firstDigest(String value) {
        for (String digest : value.split(",")) {
            if (digest.equals("None") || digest.equals("CRC32C")) {
                return digest;
            }
        }
        return "Reject";
    }

    private static int declaredLength(String key, String value) {
        int length = number(value, SMALLEST_LENGTH, LARGEST_LENGTH);
        if (length < 0) {
            throw new LoginFailure(LoginStatus.INITIATOR_ERROR, key + " is out of range");
        }
        return length;
    }

    private static String orReject(int number) {
        return number < 0 ? "Reject" : Integer.toString(number);
    }

    private static String booleanOrReject(String value, boolean answer) {
        return value.equals("Yes") || value.equals("No") ? (answer ? "Yes" : "No") : "Reject";
    }

    /** Reads a number in decimal or hexadecimal (RFC 7143 6.1); -1 when it is none, or out of range. */
    static int number(String value, int lowest, int highest) {
        try {
            boolean hexadecimal = value.startsWith("0x") || value.startsWith("0X");
            long number = hexadecimal ? Long.parseLong(value.substring(2), 16) : Long.parseLong(value);
            return number >= lowest && number <= highest ? (int) number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
