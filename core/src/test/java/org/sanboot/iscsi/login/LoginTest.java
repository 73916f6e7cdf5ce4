package org.sanboot.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.login.Login.Answer;
import org.sanboot.iscsi.pdu.LoginRequest;

class LoginTest {

    private static final String OPEN = "iqn.2026-01.org.sanboot:open";
    private static final String GUARDED = "iqn.2026-01.org.sanboot:guarded";
    private static final String FOREIGN = "iqn.2026-01.org.sanboot:foreign";
    private static final ChapCredentials INITIATOR = new ChapCredentials("alice", "correct horse battery");
    private static final ChapCredentials TARGET = new ChapCredentials("disk", "staple staple staple");
    private static final int SECURITY = 0;
    private static final int OPERATIONAL = 1;
    private static final int FULL = 3;

    private final Login login = new Login(
            new LoginDirectory() {
                @Override
                public Admission admit(String targetName, String initiatorName) {
                    return switch (targetName) {
                        case OPEN -> new Admission.Admitted(List.of(), null);
                        case GUARDED -> new Admission.Admitted(List.of(INITIATOR), TARGET);
                        case FOREIGN -> new Admission.Refused(LoginStatus.AUTHORIZATION_FAILURE);
                        default -> new Admission.Refused(LoginStatus.NOT_FOUND);
                    };
                }

                @Override
                public List<ChapCredentials> discoveryCredentials(String initiatorName) {
                    return List.of(INITIATOR);
                }
            },
            new SecureRandom());

    private Answer send(int stage, int next, String... pairs) {
        boolean transit = next > stage;
        LoginRequest request = new LoginRequest(transit, false, stage, transit ? next : 0, 0, 1, 0, 1, 0, 1, 1);
        return login.receive(request, TestInitiator.text(pairs));
    }

    private static Map<String, String> keys(Answer answer) {
        return answer.text().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String[] with(String target, String... pairs) {
        List<String> all = new java.util.ArrayList<>(List.of("InitiatorName=iqn.2026-01.org.sanboot:i"));
        all.add("TargetName=" + target);
        all.addAll(List.of(pairs));
        return all.toArray(String[]::new);
    }

    @Test
    void a_login_without_security_takes_one_request() {
        Answer answer = send(OPERATIONAL, FULL, with(OPEN));
        assertThat(answer.status()).isEqualTo(LoginStatus.SUCCESS);
        assertThat(answer.result().parameters()).isEqualTo(SessionParameters.DEFAULTS);
        assertThat(keys(answer))
                .containsEntry("TargetPortalGroupTag", "1")
                .containsEntry("MaxRecvDataSegmentLength", "262144");
    }

    /** What iPXE sends (src/net/tcp/iscsi.c): security first, then operational with everything conservative. */
    @Test
    void the_login_of_ipxe_succeeds_and_its_burst_length_is_echoed() {
        Answer security = send(SECURITY, OPERATIONAL, with(OPEN, "SessionType=Normal", "AuthMethod=None"));
        assertThat(keys(security)).containsEntry("AuthMethod", "None");
        assertThat(security.transit()).isTrue();
        Answer operational = send(
                OPERATIONAL,
                FULL,
                "HeaderDigest=None",
                "DataDigest=None",
                "MaxConnections=1",
                "InitialR2T=Yes",
                "ImmediateData=No",
                "MaxRecvDataSegmentLength=8192",
                "MaxBurstLength=262144",
                "FirstBurstLength=65536",
                "DefaultTime2Wait=0",
                "DefaultTime2Retain=0",
                "MaxOutstandingR2T=1",
                "DataPDUInOrder=Yes",
                "DataSequenceInOrder=Yes",
                "ErrorRecoveryLevel=0");
        assertThat(keys(operational))
                .containsEntry("MaxBurstLength", "262144")
                .containsEntry("InitialR2T", "Yes")
                .containsEntry("ImmediateData", "No")
                .containsEntry("HeaderDigest", "None");
        SessionParameters agreed = operational.result().parameters();
        assertThat(agreed.initialR2T()).isTrue();
        assertThat(agreed.immediateData()).isFalse();
        assertThat(agreed.maxSendDataSegmentLength()).isEqualTo(8192);
    }

    @ParameterizedTest
    @CsvSource({
        "HeaderDigest=CRC32C;None, CRC32C",
        "HeaderDigest=None;CRC32C, None",
        "DataDigest=X-other;CRC32C, CRC32C",
        "DataDigest=SHA1, Reject",
        "MaxConnections=8, 1",
        "InitialR2T=No, No",
        "InitialR2T=Maybe, Reject",
        "ImmediateData=Yes, Yes",
        "MaxBurstLength=16776192, 16776192",
        "MaxBurstLength=0x40000, 262144",
        "MaxBurstLength=511, Reject",
        "FirstBurstLength=16777216, Reject",
        "MaxOutstandingR2T=16, 8",
        "MaxOutstandingR2T=0, Reject",
        "ErrorRecoveryLevel=2, 0",
        "DefaultTime2Wait=2, 2",
        "DefaultTime2Retain=20, 0",
        "DataPDUInOrder=No, Yes",
        "IFMarker=Yes, No",
        "TaskReporting=FastAbort;RFC3720, RFC3720",
        "iSCSIProtocolLevel=2, 1",
        "X-com.example.key=1, NotUnderstood",
        "Nonsense=1, NotUnderstood"
    })
    void each_key_is_answered_by_its_rule(String offer, String answer) {
        String pair = offer.replace(';', ',');
        Answer result = send(OPERATIONAL, FULL, with(OPEN, pair));
        assertThat(result.status()).isEqualTo(LoginStatus.SUCCESS);
        assertThat(keys(result)).containsEntry(pair.substring(0, pair.indexOf('=')), answer);
    }

    @Test
    void the_first_burst_is_never_longer_than_a_burst() {
        Answer answer = send(OPERATIONAL, FULL, with(OPEN, "FirstBurstLength=262144", "MaxBurstLength=8192"));
        assertThat(keys(answer)).containsEntry("FirstBurstLength", "8192").containsEntry("MaxBurstLength", "8192");
        assertThat(answer.result().parameters().firstBurstLength()).isEqualTo(8192);
    }

    @ParameterizedTest
    @CsvSource({
        "iqn.2026-01.org.sanboot:nowhere, NOT_FOUND",
        FOREIGN + ", AUTHORIZATION_FAILURE",
        GUARDED + ", AUTHENTICATION_FAILURE",
        "'', MISSING_PARAMETER"
    })
    void a_target_that_cannot_be_used_is_refused_with_the_status_of_the_standard(String target, LoginStatus status) {
        assertThat(send(OPERATIONAL, FULL, with(target)).status()).isEqualTo(status);
    }

    @Test
    void a_login_without_a_name_with_another_version_or_kind_is_refused() {
        assertThat(send(OPERATIONAL, FULL, "TargetName=" + OPEN).status()).isEqualTo(LoginStatus.MISSING_PARAMETER);
        assertThat(login.receive(new LoginRequest(true, false, 1, 3, 1, 1, 0, 1, 0, 1, 1), new byte[0])
                        .status())
                .isEqualTo(LoginStatus.UNSUPPORTED_VERSION);
    }

    @Test
    void an_unknown_kind_of_session_is_refused() {
        assertThat(send(OPERATIONAL, FULL, with(OPEN, "SessionType=Special")).status())
                .isEqualTo(LoginStatus.SESSION_TYPE_NOT_SUPPORTED);
    }

    @Test
    void a_stage_cannot_be_left_backwards_or_changed_at_will() {
        assertThat(send(OPERATIONAL, OPERATIONAL, with(OPEN)).status()).isEqualTo(LoginStatus.SUCCESS);
        assertThat(send(SECURITY, FULL).status()).isEqualTo(LoginStatus.INVALID_DURING_LOGIN);
    }

    @Test
    void a_key_that_comes_twice_ends_the_login() {
        send(OPERATIONAL, OPERATIONAL, with(OPEN, "MaxBurstLength=8192"));
        assertThat(send(OPERATIONAL, FULL, "MaxBurstLength=16384").status()).isEqualTo(LoginStatus.INITIATOR_ERROR);
    }

    @Test
    void text_that_goes_on_and_on_ends_the_login() {
        LoginRequest more = new LoginRequest(false, true, 1, 0, 0, 1, 0, 1, 0, 1, 1);
        byte[] text = new byte[8192];
        assertThat(login.receive(more, text).status()).isEqualTo(LoginStatus.SUCCESS);
        assertThat(login.receive(more, text).status()).isEqualTo(LoginStatus.SUCCESS);
        assertThat(login.receive(more, text).status()).isEqualTo(LoginStatus.INITIATOR_ERROR);
    }

    @Test
    void text_may_be_split_over_requests() {
        byte[] text = TestInitiator.text(with(OPEN));
        LoginRequest more = new LoginRequest(false, true, 1, 0, 0, 1, 0, 1, 0, 1, 1);
        assertThat(login.receive(more, java.util.Arrays.copyOf(text, 30)).text())
                .isEmpty();
        LoginRequest last = new LoginRequest(true, false, 1, 3, 0, 1, 0, 1, 0, 1, 1);
        assertThat(login.receive(last, java.util.Arrays.copyOfRange(text, 30, text.length))
                        .result())
                .isNotNull();
    }

    // CHAP

    private Map<String, String> challenge(String algorithms) {
        assertThat(keys(send(SECURITY, SECURITY, with(GUARDED, "AuthMethod=CHAP,None"))))
                .containsEntry("AuthMethod", "CHAP");
        return keys(send(SECURITY, SECURITY, "CHAP_A=" + algorithms));
    }

    private static byte[] response(Map<String, String> challenge, String secret) throws Exception {
        String digest = challenge.get("CHAP_A").equals("7") ? "SHA-256" : "MD5";
        return response(digest, Integer.parseInt(challenge.get("CHAP_I")), secret, challenge.get("CHAP_C"));
    }

    private static byte[] response(String digest, int identifier, String secret, String challenge) throws Exception {
        MessageDigest hash = MessageDigest.getInstance(digest);
        hash.update((byte) identifier);
        hash.update(secret.getBytes(StandardCharsets.UTF_8));
        return hash.digest(HexFormat.of().parseHex(challenge.substring(2)));
    }

    private static String hex(byte[] value) {
        return "0x" + HexFormat.of().formatHex(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "7", "6,5", "5,6,7,8"})
    void the_right_response_opens_the_target(String algorithms) throws Exception {
        Map<String, String> challenge = challenge(algorithms);
        String answer = hex(response(challenge, INITIATOR.secret()));
        assertThat(send(SECURITY, OPERATIONAL, "CHAP_N=alice", "CHAP_R=" + answer)
                        .transit())
                .isTrue();
        assertThat(send(OPERATIONAL, FULL).result()).isNotNull();
    }

    /** Microsoft's initiator may write CHAP_R in base64 (RFC 7143 6.1). */
    @Test
    void a_response_in_base64_is_understood() throws Exception {
        Map<String, String> challenge = challenge("5");
        String answer = "0b" + Base64.getEncoder().encodeToString(response(challenge, INITIATOR.secret()));
        assertThat(send(SECURITY, OPERATIONAL, "CHAP_N=alice", "CHAP_R=" + answer)
                        .transit())
                .isTrue();
    }

    @Test
    void a_wrong_name_and_a_wrong_secret_fail_in_the_same_way() throws Exception {
        Map<String, String> challenge = challenge("5");
        Answer wrongSecret =
                send(SECURITY, OPERATIONAL, "CHAP_N=alice", "CHAP_R=" + hex(response(challenge, "not the secret")));
        assertThat(wrongSecret.status()).isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
        assertThat(wrongSecret.text()).isEmpty();
    }

    @Test
    void a_wrong_name_fails() throws Exception {
        Map<String, String> challenge = challenge("5");
        Answer wrongName =
                send(SECURITY, OPERATIONAL, "CHAP_N=mallory", "CHAP_R=" + hex(response(challenge, INITIATOR.secret())));
        assertThat(wrongName.status()).isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
        assertThat(wrongName.text()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"56", "", "6,8", "MD5"})
    void no_common_algorithm_fails(String algorithms) {
        send(SECURITY, SECURITY, with(GUARDED, "AuthMethod=CHAP"));
        assertThat(send(SECURITY, SECURITY, "CHAP_A=" + algorithms).status())
                .isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x", "0xzz", "12", "0b?", "0x00112233445566778899aabbccddeeff", ""})
    void a_malformed_response_fails(String response) {
        challenge("5");
        assertThat(send(SECURITY, OPERATIONAL, "CHAP_N=alice", "CHAP_R=" + response)
                        .status())
                .isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
    }

    @Test
    void a_response_does_not_open_the_target_twice() throws Exception {
        Map<String, String> challenge = challenge("5");
        String answer = hex(response(challenge, INITIATOR.secret()));
        send(SECURITY, SECURITY, "CHAP_N=alice", "CHAP_R=" + answer);
        assertThat(send(SECURITY, SECURITY, "AuthMethod=CHAP").status()).isEqualTo(LoginStatus.INITIATOR_ERROR);
    }

    @Test
    void security_cannot_be_skipped_by_asking_for_none() {
        assertThat(send(SECURITY, OPERATIONAL, with(GUARDED, "AuthMethod=None")).status())
                .isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
    }

    @Test
    void security_cannot_be_skipped_by_a_transit_without_a_method() {
        assertThat(send(SECURITY, FULL, with(GUARDED)).status()).isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
    }

    @Test
    void a_transit_before_the_response_is_not_granted() {
        assertThat(send(SECURITY, FULL, with(GUARDED, "AuthMethod=CHAP")).transit())
                .isFalse();
        assertThat(send(SECURITY, FULL, "CHAP_A=5").transit()).isFalse();
    }

    @Test
    void the_target_proves_itself_when_asked() throws Exception {
        Map<String, String> challenge = challenge("5");
        Answer answer = send(
                SECURITY,
                OPERATIONAL,
                "CHAP_N=alice",
                "CHAP_R=" + hex(response(challenge, INITIATOR.secret())),
                "CHAP_I=9",
                "CHAP_C=0x0102030405060708090a0b0c0d0e0f10");
        byte[] expected = response("MD5", 9, TARGET.secret(), "0x0102030405060708090a0b0c0d0e0f10");
        assertThat(keys(answer)).containsEntry("CHAP_N", "disk").containsEntry("CHAP_R", hex(expected));
        assertThat(answer.transit()).isTrue();
    }

    /** RFC 7143 9.2.1. */
    @Test
    void our_own_challenge_sent_back_is_not_answered() throws Exception {
        Map<String, String> challenge = challenge("5");
        Answer answer = send(
                SECURITY,
                OPERATIONAL,
                "CHAP_N=alice",
                "CHAP_R=" + hex(response(challenge, INITIATOR.secret())),
                "CHAP_I=9",
                "CHAP_C=" + challenge.get("CHAP_C"));
        assertThat(answer.status()).isEqualTo(LoginStatus.AUTHENTICATION_FAILURE);
        assertThat(answer.text()).isEmpty();
    }

    @Test
    void a_discovery_session_may_insist_on_chap() throws Exception {
        send(SECURITY, SECURITY, "InitiatorName=iqn.2026-01.org.sanboot:i", "SessionType=Discovery", "AuthMethod=CHAP");
        Map<String, String> challenge = keys(send(SECURITY, SECURITY, "CHAP_A=5"));
        String answer = hex(response(challenge, INITIATOR.secret()));
        assertThat(send(SECURITY, FULL, "CHAP_N=alice", "CHAP_R=" + answer)
                        .result()
                        .discovery())
                .isTrue();
    }
}
