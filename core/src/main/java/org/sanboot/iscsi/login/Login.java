package org.sanboot.iscsi.login;

import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.login.LoginDirectory.Admission;
import org.sanboot.iscsi.pdu.LoginRequest;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.TextKeys;

/**
 * The login phase of one connection: requests in, responses out, until it ends in a session or a failure.
 *
 * <p>Used by one thread. What an unauthenticated peer can make it hold is bounded by {@link #LONGEST_TEXT}.
 */
public final class Login {

    /** What this target takes in one data segment after the login, in bytes. */
    public static final int MAX_RECV_DATA_SEGMENT_LENGTH = ParameterNegotiation.MAX_RECV_DATA_SEGMENT_LENGTH;

    private static final int SECURITY = 0;
    private static final int OPERATIONAL = 1;
    private static final int FULL_FEATURE = 3;
    private static final int LONGEST_TEXT = 16_384;
    private static final int LONGEST_NAME = 223;
    private static final String PORTAL_GROUP = "1";

    private final LoginDirectory directory;
    private final SecureRandom random;
    private final ParameterNegotiation parameters = new ParameterNegotiation();
    private final ByteArrayOutputStream partialText = new ByteArrayOutputStream();

    private int stage = -1;
    private long isid;
    private int tsih;
    private int cid;
    private String initiatorName = "";
    private String targetName = "";
    private boolean discovery;
    private boolean authenticated;
    private @Nullable ChapExchange chap;
    private Admission.@Nullable Admitted admission;

    /**
     * Starts a login.
     *
     * @param directory who may log in where
     * @param random for challenges
     */
    public Login(LoginDirectory directory, SecureRandom random) {
        this.directory = directory;
        this.random = random;
    }

    /**
     * Tells whether a key is one that logins negotiate or declare (RFC 7143 clause 13).
     *
     * @param key as it was sent
     * @return false for a key that means nothing to this target
     */
    public static boolean isKey(String key) {
        return ParameterNegotiation.KEYS.contains(key);
    }

    /**
     * What the target answers to one request.
     *
     * @param status success, or the end of the login
     * @param transit the target agrees to the next stage
     * @param currentStage as the request has it
     * @param nextStage as the request has it
     * @param text key=value pairs
     * @param result set with the last response of a successful login
     * @param reason why the login failed, for the log
     */
    public record Answer(
            LoginStatus status,
            boolean transit,
            int currentStage,
            int nextStage,
            List<Entry<String, String>> text,
            @Nullable LoginResult result,
            String reason) {}

    /**
     * Takes one login request.
     *
     * @param request its header
     * @param text its data segment
     * @return what to answer
     */
    public Answer receive(LoginRequest request, byte[] text) {
        try {
            checkHeader(request);
            if (partialText.size() + text.length > LONGEST_TEXT) {
                throw new LoginFailure(LoginStatus.INITIATOR_ERROR, "the login text is too long");
            }
            partialText.writeBytes(text);
            if (request.continues()) {
                return answer(request, false, List.of(), null);
            }
            Map<String, String> keys = TextKeys.parse(partialText.toByteArray());
            partialText.reset();
            return proceed(request, keys);
        } catch (LoginFailure e) {
            return failed(request, e.status(), String.valueOf(e.getMessage()));
        } catch (ProtocolException e) {
            return failed(request, LoginStatus.INITIATOR_ERROR, String.valueOf(e.getMessage()));
        }
    }

    private static Answer failed(LoginRequest request, LoginStatus status, String reason) {
        return new Answer(status, false, request.currentStage(), 0, List.of(), null, reason);
    }

    private static Answer answer(
            LoginRequest request, boolean transit, List<Entry<String, String>> text, @Nullable LoginResult result) {
        int next = transit ? request.nextStage() : 0;
        return new Answer(LoginStatus.SUCCESS, transit, request.currentStage(), next, text, result, "");
    }

    private void checkHeader(LoginRequest request) {
        if (request.versionMin() > 0) {
            throw new LoginFailure(LoginStatus.UNSUPPORTED_VERSION, "the initiator wants a later version");
        }
        if (request.transit() && request.continues()) {
            throw new LoginFailure(LoginStatus.INITIATOR_ERROR, "transit and continue exclude each other");
        }
        boolean first = stage < 0;
        if (first) {
            stage = request.currentStage();
            isid = request.isid();
            tsih = request.tsih();
            cid = request.cid();
        }
        boolean known = request.currentStage() == SECURITY || request.currentStage() == OPERATIONAL;
        if (!known || request.currentStage() != stage || request.isid() != isid || request.tsih() != tsih) {
            throw new LoginFailure(
                    LoginStatus.INVALID_DURING_LOGIN, "the stage or the session is not that of the login");
        }
        if (request.transit() && (request.nextStage() <= stage || request.nextStage() == 2)) {
            throw new LoginFailure(LoginStatus.INITIATOR_ERROR, "there is no such next stage");
        }
    }

    private Answer proceed(LoginRequest request, Map<String, String> keys) {
        List<Entry<String, String>> answers = new ArrayList<>();
        if (initiatorName.isEmpty()) {
            identify(keys);
            if (!discovery) {
                answers.add(Map.entry("TargetPortalGroupTag", PORTAL_GROUP));
            }
        }
        if (stage == SECURITY) {
            secure(keys, answers);
        } else {
            requireAuthentication();
            answers.addAll(parameters.answer(keys));
        }
        boolean transit = request.transit() && (stage != SECURITY || authenticated);
        if (transit && request.nextStage() == FULL_FEATURE) {
            return answer(request, true, answers, result(request));
        }
        if (transit) {
            stage = request.nextStage();
        }
        return answer(request, transit, answers, null);
    }

    private LoginResult result(LoginRequest request) {
        return new LoginResult(
                discovery, initiatorName, targetName, isid, tsih, cid, request.cmdSN(), parameters.result());
    }

    /** Reads the keys of the first request, which say who wants what (RFC 7143 6.3). */
    private void identify(Map<String, String> keys) {
        String name = keys.getOrDefault("InitiatorName", "");
        if (name.isEmpty()) {
            throw new LoginFailure(LoginStatus.MISSING_PARAMETER, "InitiatorName is missing");
        }
        if (name.length() > LONGEST_NAME) {
            throw new LoginFailure(LoginStatus.INITIATOR_ERROR, "InitiatorName is too long");
        }
        // Names are compared in lower case (RFC 3722); the format is the initiator's business.
        initiatorName = name.toLowerCase(Locale.ROOT);
        switch (keys.getOrDefault("SessionType", "Normal")) {
            case "Discovery" -> {
                discovery = true;
                admission = new Admission.Admitted(List.of(), null);
            }
            case "Normal" -> admission = admit(keys.getOrDefault("TargetName", ""));
            default -> throw new LoginFailure(LoginStatus.SESSION_TYPE_NOT_SUPPORTED, "unknown SessionType");
        }
    }

    private Admission.Admitted admit(String name) {
        if (name.isEmpty()) {
            throw new LoginFailure(LoginStatus.MISSING_PARAMETER, "TargetName is missing");
        }
        targetName = name.toLowerCase(Locale.ROOT);
        Admission answer = directory.admit(targetName, initiatorName);
        if (answer instanceof Admission.Refused refused) {
            throw new LoginFailure(refused.status(), initiatorName + " may not use " + targetName);
        }
        return (Admission.Admitted) answer;
    }

    private void requireAuthentication() {
        Admission.Admitted admitted = admission;
        if (!authenticated && (admitted == null || !admitted.incoming().isEmpty())) {
            throw new LoginFailure(LoginStatus.AUTHENTICATION_FAILURE, "the initiator skipped authentication");
        }
    }

    private void secure(Map<String, String> keys, List<Entry<String, String>> answers) {
        ChapExchange exchange = chap;
        if (keys.containsKey("AuthMethod")) {
            answers.add(Map.entry("AuthMethod", chooseMethod(keys.get("AuthMethod"))));
        } else if (exchange != null && !authenticated && !exchange.isChallenged()) {
            answers.addAll(exchange.challenge(keys.getOrDefault("CHAP_A", "")));
        } else if (exchange != null && !authenticated) {
            answers.addAll(exchange.verify(keys));
            authenticated = true;
        } else if (exchange == null) {
            requireAuthentication();
            authenticated = true;
        }
    }

    private String chooseMethod(@Nullable String offered) {
        Admission.Admitted admitted = admission;
        if (admitted == null || offered == null || chap != null) {
            throw new LoginFailure(LoginStatus.INITIATOR_ERROR, "AuthMethod out of turn");
        }
        List<String> methods = List.of(offered.split(","));
        if (admitted.incoming().isEmpty() && methods.contains("None")) {
            authenticated = true;
            return "None";
        }
        var credentials = discovery ? directory.discoveryCredentials(initiatorName) : admitted.incoming();
        if (credentials.isEmpty() || !methods.contains("CHAP")) {
            throw new LoginFailure(LoginStatus.AUTHENTICATION_FAILURE, "no common AuthMethod");
        }
        chap = new ChapExchange(random, credentials, admitted.outgoing());
        return "CHAP";
    }
}
