package org.sanboot.iscsi.pdu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PduTest {

    private static final Numbers NUMBERS = new Numbers(0x11223344, 0x55667788, 0x99AABBCC);
    private static final byte[] CDB = HexFormat.of().parseHex("28000000080000080000000000000000");

    static Stream<Arguments> initiator_pdus() {
        return Stream.of(
                Arguments.of(
                        "40800000000000000001000000000000" + "0000000affffffff0000000b0000000c" + "00".repeat(16),
                        new NopOut(true, 1L << 48, 10, -1, 11, 12)),
                Arguments.of(
                        "01c10000000000000000000000000000" + "00000001000010000000000200000003"
                                + "28000000080000080000000000000000",
                        new ScsiCommand(false, true, true, false, 1, 0, 1, 4096, 2, 3, CDB)),
                Arguments.of(
                        "42850000000000000002000000000000" + "0000000100000002000000030000000400000005"
                                + "00".repeat(12),
                        new TaskManagementRequest(true, 5, 2L << 48, 1, 2, 3, 4, 5)),
                Arguments.of(
                        "43870000000000030080000000010000" + "00000001000200000000000400000005" + "00".repeat(16),
                        new LoginRequest(true, false, 1, 3, 0, 0x008000000001L, 0, 1, 2, 4, 5)),
                Arguments.of(
                        "04800000000000080000000000000000" + "00000001ffffffff0000000200000003" + "00".repeat(16),
                        new TextRequest(false, true, false, 0, 1, -1, 2, 3)),
                Arguments.of(
                        "05800000000002000000000000000000" + "00000001000000020000000000000003"
                                + "00000000000000040000020000000000",
                        new DataOut(true, 0, 1, 2, 3, 4, 512)),
                Arguments.of(
                        "46810000000000000000000000000000" + "00000001000200000000000300000004" + "00".repeat(16),
                        new LogoutRequest(true, 1, 1, 2, 3, 4)),
                Arguments.of(
                        "10810000000000000000000000000000" + "00000001000000020000000000000003" + "00".repeat(16),
                        new SnackRequest(1, 0, 1, 2, 3)));
    }

    static Stream<Arguments> target_pdus() {
        String numbers = "112233445566778899aabbcc";
        return Stream.of(
                Arguments.of(
                        "20800000000000000001000000000000" + "0000000affffffff" + numbers + "00".repeat(12),
                        new NopIn(1L << 48, 10, -1, NUMBERS)),
                Arguments.of(
                        "21840002000000000000000000000000" + "0000000100000000" + numbers + "000000070000000000000200",
                        new ScsiResponse(0, 2, 1, NUMBERS, 7, new Residual(Residual.Kind.OVERFLOW, 512))),
                Arguments.of(
                        "22800500000000000000000000000000" + "0000000100000000" + numbers + "00".repeat(12),
                        new TaskManagementResponse(5, 1, NUMBERS)),
                Arguments.of(
                        "23870000000000000080000000010007" + "0000000100000000" + numbers + "02010000" + "00".repeat(8),
                        new LoginResponse(true, false, 1, 3, 0x008000000001L, 7, 1, NUMBERS, 0x0201)),
                Arguments.of(
                        "24800000000000000000000000000000" + "00000001ffffffff" + numbers + "00".repeat(12),
                        new TextResponse(true, false, 0, 1, -1, NUMBERS)),
                Arguments.of(
                        "25810000000002000000000000000000" + "00000001ffffffff" + numbers + "000000020000040000000000",
                        new DataIn(true, true, 1, NUMBERS, 2, 1024)),
                Arguments.of(
                        "26800000000000000000000000000000" + "0000000100000000" + numbers + "00".repeat(12),
                        new LogoutResponse(0, 1, NUMBERS)),
                Arguments.of(
                        "31800000000000000000000000000000" + "0000000100000002" + numbers + "000000030000020000000400",
                        new ReadyToTransfer(0, 1, 2, NUMBERS, 3, 512, 1024)),
                Arguments.of(
                        "3f800400000000000000000000000000" + "ffffffff00000000" + numbers + "00".repeat(12),
                        new Reject(4, NUMBERS)));
    }

    @ParameterizedTest
    @MethodSource("initiator_pdus")
    void an_initiator_pdu_is_read_and_written_as_its_bytes(String hex, InitiatorPdu pdu) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        assertThat(InitiatorPdu.parse(in)).usingRecursiveComparison().isEqualTo(pdu);

        ByteBuffer out = ByteBuffer.allocate(BasicHeader.LENGTH);
        pdu.encode(out, BasicHeader.dataSegmentLength(in));
        assertThat(HexFormat.of().formatHex(out.array())).isEqualTo(hex);
    }

    @ParameterizedTest
    @MethodSource("target_pdus")
    void a_target_pdu_is_read_and_written_as_its_bytes(String hex, TargetPdu pdu) {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertThat(TargetPdu.parse(in)).isEqualTo(pdu);

        ByteBuffer out = ByteBuffer.allocate(BasicHeader.LENGTH);
        pdu.encode(out, BasicHeader.dataSegmentLength(in));
        assertThat(HexFormat.of().formatHex(out.array())).isEqualTo(hex);
    }

    @ParameterizedTest
    @MethodSource("initiator_pdus")
    void a_header_cut_at_any_length_is_refused(String hex, InitiatorPdu pdu) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (int length = 0; length < BasicHeader.LENGTH; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
            assertThatThrownBy(() -> InitiatorPdu.parse(cut)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void a_request_with_an_unknown_operation_code_goes_back_as_it_came() {
        ByteBuffer header =
                ByteBuffer.allocate(BasicHeader.LENGTH).put(0, (byte) 0x1C).putInt(16, 7);
        InitiatorPdu pdu = InitiatorPdu.parse(header);
        ByteBuffer back = ByteBuffer.allocate(BasicHeader.LENGTH);
        pdu.encode(back, 0);
        assertThat(pdu.initiatorTaskTag()).isEqualTo(7);
        assertThat(back).isEqualTo(header);
    }

    @Test
    void lengths_are_read_from_their_fields() {
        ByteBuffer header = ByteBuffer.allocate(BasicHeader.LENGTH).putInt(4, 0x02ABCDEF);
        assertThat(BasicHeader.totalAdditionalHeaderLength(header)).isEqualTo(8);
        assertThat(BasicHeader.dataSegmentLength(header)).isEqualTo(0xABCDEF);
    }

    /** RFC 3720 B.4: 32 bytes of zeros give aa 36 91 8a on the wire, 32 of ones 43 ab a8 62. */
    @Test
    void the_digest_is_that_of_the_examples_in_the_standard() {
        byte[] ones = new byte[32];
        java.util.Arrays.fill(ones, (byte) 0xFF);
        assertThat(new Digest().of(ByteBuffer.allocate(32), 0, 32)).isEqualTo(0xAA36918A);
        assertThat(new Digest().of(ByteBuffer.wrap(ones), 0, 32)).isEqualTo(0x43ABA862);
    }

    /** RFC 7143 11.4.5: O is 0x04 and U 0x02. Wrong bits make Windows 10 drop the connection (jSCSI, PR 44). */
    @Test
    void residual_flags_are_the_bits_that_windows_expects() {
        assertThat(Residual.of(512, 1024)).isEqualTo(new Residual(Residual.Kind.OVERFLOW, 512));
        assertThat(Residual.of(1024, 512)).isEqualTo(new Residual(Residual.Kind.UNDERFLOW, 512));
        assertThat(Residual.of(512, 1024).flags()).isEqualTo(0x04);
        assertThat(Residual.of(1024, 512).flags()).isEqualTo(0x02);
        assertThat(Residual.of(512, 512).flags()).isZero();
    }

    @Test
    void sequence_numbers_are_compared_across_their_wrap() {
        assertThat(SerialNumber.isBefore(-1, 0)).isTrue();
        assertThat(SerialNumber.isBefore(0, -1)).isFalse();
        assertThat(SerialNumber.isBefore(5, 5)).isFalse();
    }

    @Test
    void text_keys_keep_their_order_and_their_values() {
        byte[] text = TextKeys.encode(List.of(Map.entry("A", "1"), Map.entry("B", "x=y"), Map.entry("C", "")));
        assertThat(TextKeys.parse(text))
                .containsExactly(Map.entry("A", "1"), Map.entry("B", "x=y"), Map.entry("C", ""));
    }

    @Test
    void text_without_a_key_or_with_a_key_twice_is_refused() {
        for (String text : List.of("novalue\0", "=x\0", "A=1\0A=2\0", "k".repeat(64) + "=1\0")) {
            assertThatThrownBy(() -> TextKeys.parse(text.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(ProtocolException.class);
        }
    }
}
