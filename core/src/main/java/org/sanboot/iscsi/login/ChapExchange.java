package org.sanboot.iscsi.login;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.ChapCredentials;

/**
 * CHAP of one login (RFC 7143 12.1.3, RFC 1994), one-way or mutual.
 *
 * <p>Every failure is the same to the initiator, and takes the same time whichever part was wrong.
 */
final class ChapExchange {

    private static final int LONGEST_CHALLENGE = 1024;

    private final SecureRandom random;
    private final List<ChapCredentials> incoming;
    private final @Nullable ChapCredentials outgoing;

    private @Nullable Algorithm algorithm;
    private int identifier;
    private byte[] challenge = new byte[0];

    ChapExchange(SecureRandom random, List<ChapCredentials> incoming, @Nullable ChapCredentials outgoing) {
        this.random = random;
        this.incoming = incoming;
        this.outgoing = outgoing;
    }

    /** Hash functions in the registry that RFC 7143 12.1.3 refers to. */
    private enum Algorithm {
        MD5("5", "MD5", 16),
        SHA256("7", "SHA-256", 32);

        private final String number;
        private final String digest;
        private final int challengeLength;

        Algorithm(String number, String digest, int challengeLength) {
            this.number = number;
            this.digest = digest;
            this.challengeLength = challengeLength;
        }

        byte[] response(int identifier, String secret, byte[] challenge) {
            try {
                MessageDigest hash = MessageDigest.getInstance(digest);
                hash.update((byte) identifier);
                hash.update(secret.getBytes(StandardCharsets.UTF_8));
                return hash.digest(challenge);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(digest + " is part of every Java platform", e);
            }
        }
    }

    boolean isChallenged() {
        return algorithm != null;
    }

    /** Answers CHAP_A with a fresh challenge. */
    List<Entry<String, String>> challenge(String offered) {
        for (String number : offered.split(",")) {
            for (Algorithm candidate : Algorithm.values()) {
                if (candidate.number.equals(number)) {
                    return challenge(candidate);
                }
            }
        }
        throw failure("no common CHAP algorithm");
    }

    private List<Entry<String, String>> challenge(Algorithm chosen) {
        algorithm = chosen;
        identifier = random.nextInt(256);
        challenge = new byte[chosen.challengeLength];
        random.nextBytes(challenge);
        return List.of(
                Map.entry("CHAP_A", chosen.number),
                Map.entry("CHAP_I", Integer.toString(identifier)),
                // libiscsi reads hexadecimal only.
                Map.entry("CHAP_C", hex(challenge)));
    }

    /** Checks CHAP_N and CHAP_R, and answers the initiator's own challenge, if there is one. */
    List<Entry<String, String>> verify(Map<String, String> keys) {
        Algorithm chosen = algorithm;
        String name = keys.get("CHAP_N");
        String response = keys.get("CHAP_R");
        if (chosen == null || name == null || response == null) {
            throw failure("CHAP_N or CHAP_R is missing");
        }
        if (!isKnown(chosen, name, binary(response))) {
            throw failure("CHAP_N or CHAP_R is wrong");
        }
        // One challenge proves one response.
        algorithm = null;
        return keys.containsKey("CHAP_I") || keys.containsKey("CHAP_C") ? prove(chosen, keys) : List.of();
    }

    @SuppressWarnings("ShortCircuitBoolean") // && would tell by its time which part was wrong.
    private boolean isKnown(Algorithm chosen, String name, byte[] response) {
        boolean known = false;
        for (ChapCredentials credentials : incoming) {
            boolean rightName = MessageDigest.isEqual(utf8(credentials.name()), utf8(name));
            boolean rightResponse =
                    MessageDigest.isEqual(chosen.response(identifier, credentials.secret(), challenge), response);
            known |= rightName & rightResponse;
        }
        return known;
    }

    private List<Entry<String, String>> prove(Algorithm chosen, Map<String, String> keys) {
        ChapCredentials own = outgoing;
        int theirIdentifier = ParameterNegotiation.number(keys.getOrDefault("CHAP_I", ""), 0, 255);
        byte[] theirs = binary(keys.getOrDefault("CHAP_C", ""));
        if (own == null || theirIdentifier < 0 || theirs.length == 0 || theirs.length > LONGEST_CHALLENGE) {
            throw failure("the target cannot prove itself");
        }
        // RFC 7143 9.2.1: a challenge that comes back is an attempt to make us answer our own question.
        if (Arrays.equals(theirs, challenge)) {
            throw failure("our challenge was reflected");
        }
        List<Entry<String, String>> answers = new ArrayList<>();
        answers.add(Map.entry("CHAP_N", own.name()));
        answers.add(Map.entry("CHAP_R", hex(chosen.response(theirIdentifier, own.secret(), theirs))));
        return answers;
    }

    /** Reads a binary value in hexadecimal or base64 (RFC 7143 6.1); Windows uses either. */
    private static byte[] binary(String value) {
        try {
            if (value.startsWith("0x") || value.startsWith("0X")) {
                String digits = value.substring(2);
                return HexFormat.of().parseHex(digits.length() % 2 == 0 ? digits : "0" + digits);
            }
            if (value.startsWith("0b") || value.startsWith("0B")) {
                return Base64.getDecoder().decode(value.substring(2));
            }
            throw failure("a CHAP value is neither hexadecimal nor base64");
        } catch (IllegalArgumentException e) {
            throw failure("a CHAP value is malformed");
        }
    }

    private static String hex(byte[] value) {
        return "0x" + HexFormat.of().formatHex(value);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LoginFailure failure(String message) {
        return new LoginFailure(LoginStatus.AUTHENTICATION_FAILURE, message);
    }
}
