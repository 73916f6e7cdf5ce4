package org.sanboot.iscsi.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.scsi.Execution.Complete;

class ReservationsTest {

    private static final int REGISTER = 0;
    private static final int RESERVE = 1;
    private static final int RELEASE = 2;
    private static final int CLEAR = 3;
    private static final int PREEMPT = 4;
    private static final int PREEMPT_AND_ABORT = 5;
    private static final int REGISTER_AND_IGNORE = 6;
    private static final int REGISTER_AND_MOVE = 7;

    private final Rig rig = new Rig();

    private Complete out(Nexus nexus, int action, ReservationType type, long key, long newKey) {
        int code = type == null ? 0 : type.code();
        byte[] cdb = {0x5F, (byte) action, (byte) code, 0, 0, 0, 0, 0, 24, 0};
        return rig.run(
                nexus, cdb, ByteBuffer.allocate(24).putLong(key).putLong(newKey).array());
    }

    private Complete in(int action) {
        return rig.run(new byte[] {0x5E, (byte) action, 0, 0, 0, 0, 0, 1, 0, 0});
    }

    private boolean mayRead(Nexus nexus) {
        return rig.run(nexus, Cdbs.read10(0, 1)).status() == ScsiStatus.GOOD;
    }

    private boolean mayWrite(Nexus nexus) {
        return rig.run(nexus, Cdbs.write10(0, 1), new byte[512]).status() == ScsiStatus.GOOD;
    }

    private void registerAliceAndBob() {
        assertThat(out(Rig.ALICE, REGISTER, null, 0, 0xA).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(out(Rig.BOB, REGISTER, null, 0, 0xB).status()).isEqualTo(ScsiStatus.GOOD);
    }

    /** SPC-4 5.13, table 66: who may do what. */
    @ParameterizedTest
    @EnumSource
    void each_type_admits_whom_it_should(ReservationType type) {
        registerAliceAndBob();
        assertThat(out(Rig.ALICE, RESERVE, type, 0xA, 0).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(mayWrite(Rig.ALICE)).isTrue();
        assertThat(mayRead(Rig.BOB)).isEqualTo(type.admitsRegistrants() || !type.isExclusive());
        assertThat(mayWrite(Rig.BOB)).isEqualTo(type.admitsRegistrants());
        assertThat(mayRead(Rig.CAROL)).isEqualTo(!type.isExclusive());
        assertThat(mayWrite(Rig.CAROL)).isFalse();
        assertThat(rig.run(Rig.CAROL, Cdbs.testUnitReady()).status()).isEqualTo(ScsiStatus.GOOD);
        byte[] reservation = in(1).data();
        assertThat(reservation[21]).isEqualTo((byte) type.code());
        assertThat(ByteBuffer.wrap(reservation).getLong(8)).isEqualTo(type.isHeldByAll() ? 0 : 0xA);
        assertThat(out(Rig.ALICE, RELEASE, type, 0xA, 0).status()).isEqualTo(ScsiStatus.GOOD);
        boolean bobIsTold = Rig.sense(rig.run(Rig.BOB, Cdbs.testUnitReady())) == 0x062A04;
        assertThat(bobIsTold).isEqualTo(type.admitsRegistrants());
        assertThat(mayWrite(Rig.CAROL)).isTrue();
    }

    @Test
    void a_wrong_key_is_a_conflict() {
        registerAliceAndBob();
        assertThat(out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xBAD, 0)
                        .status())
                .isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        assertThat(out(Rig.ALICE, REGISTER, null, 0xBAD, 0xC).status()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        assertThat(out(Rig.CAROL, REGISTER, null, 1, 0xC).status()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        assertThat(out(Rig.CAROL, REGISTER_AND_IGNORE, null, 1, 0xC).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(ByteBuffer.wrap(in(0).data()).getInt(0)).isEqualTo(3);
        assertThat(in(0).data()).hasSize(8 + 3 * 8);
    }

    @Test
    void a_second_holder_and_a_release_of_another_type_are_refused() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xA, 0);
        assertThat(out(Rig.BOB, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xB, 0)
                        .status())
                .isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        assertThat(Rig.sense(out(Rig.ALICE, RELEASE, ReservationType.EXCLUSIVE_ACCESS, 0xA, 0)))
                .isEqualTo(0x052604);
        assertThat(out(Rig.BOB, RELEASE, ReservationType.WRITE_EXCLUSIVE, 0xB, 0)
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
        assertThat(mayWrite(Rig.BOB)).isFalse();
    }

    @Test
    void a_registration_outlives_its_session_and_a_reset() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xA, 0);
        rig.target.detach(Rig.ALICE);
        rig.unit.reset();
        rig.run(Rig.BOB, Cdbs.testUnitReady());
        assertThat(mayWrite(Rig.BOB)).isFalse();
        Nexus aliceAgain = new Nexus(Rig.ALICE.initiatorPort());
        rig.target.attach(aliceAgain);
        assertThat(mayWrite(aliceAgain)).isTrue();
    }

    @Test
    void clear_removes_everything_and_tells_the_others() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.EXCLUSIVE_ACCESS, 0xA, 0);
        assertThat(out(Rig.BOB, CLEAR, null, 0xB, 0).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(Rig.sense(rig.run(Rig.ALICE, Cdbs.testUnitReady()))).isEqualTo(0x062A03);
        assertThat(in(0).data()).hasSize(8);
        assertThat(mayWrite(Rig.CAROL)).isTrue();
    }

    @Test
    void preempt_takes_the_reservation_over() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xA, 0);
        assertThat(out(Rig.BOB, PREEMPT, ReservationType.EXCLUSIVE_ACCESS, 0xB, 0xA)
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
        assertThat(Rig.sense(rig.run(Rig.ALICE, Cdbs.testUnitReady()))).isEqualTo(0x062A05);
        assertThat(mayRead(Rig.ALICE)).isFalse();
        assertThat(mayWrite(Rig.BOB)).isTrue();
        assertThat(out(Rig.BOB, PREEMPT, ReservationType.EXCLUSIVE_ACCESS, 0xB, 0xDEAD)
                        .status())
                .isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
    }

    @Test
    void preempt_with_key_zero_takes_over_from_all_registrants() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE_ALL_REGISTRANTS, 0xA, 0);
        assertThat(out(Rig.BOB, PREEMPT, ReservationType.WRITE_EXCLUSIVE, 0xB, 0)
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
        rig.run(Rig.ALICE, Cdbs.testUnitReady());
        assertThat(mayWrite(Rig.ALICE)).isFalse();
        assertThat(in(0).data()).hasSize(16);
    }

    @Test
    void preempt_and_abort_aborts_the_commands_of_the_other() {
        registerAliceAndBob();
        InitiatorPort[] aborted = new InitiatorPort[1];
        rig.unit.onAbort(port -> aborted[0] = port);
        out(Rig.BOB, PREEMPT_AND_ABORT, ReservationType.WRITE_EXCLUSIVE, 0xB, 0xA);
        assertThat(aborted[0]).isEqualTo(Rig.ALICE.initiatorPort());
    }

    @Test
    void register_and_move_hands_the_reservation_on() {
        registerAliceAndBob();
        out(Rig.ALICE, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xA, 0);
        byte[] name = Arrays.copyOf(Rig.CAROL.initiatorPort().portName().getBytes(StandardCharsets.UTF_8), 56);
        byte[] list = ByteBuffer.allocate(24 + 60)
                .putLong(0xA)
                .putLong(0xC)
                .putInt(0)
                .putInt(60)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) 56)
                .put(name)
                .array();
        byte[] cdb = {0x5F, REGISTER_AND_MOVE, 1, 0, 0, 0, 0, 0, 84, 0};
        assertThat(rig.run(Rig.ALICE, cdb, list).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(mayWrite(Rig.CAROL)).isTrue();
        assertThat(mayWrite(Rig.ALICE)).isFalse();
    }

    @Test
    void full_status_names_ports_and_the_holder() {
        registerAliceAndBob();
        out(Rig.BOB, RESERVE, ReservationType.WRITE_EXCLUSIVE, 0xB, 0);
        ByteBuffer status = ByteBuffer.wrap(in(3).data());
        int first = 24 + status.getInt(8 + 20);
        assertThat(status.getLong(8)).isEqualTo(0xA);
        assertThat(status.get(8 + 12)).isZero();
        assertThat(status.getLong(8 + first)).isEqualTo(0xB);
        assertThat(status.get(8 + first + 12)).isEqualTo((byte) 1);
        assertThat(new String(status.array(), StandardCharsets.ISO_8859_1))
                .contains("iqn.2026-01.org.sanboot:bob,i,0x000000000002");
    }

    @Test
    void a_parameter_list_of_another_length_is_refused() {
        byte[] cdb = {0x5F, REGISTER, 0, 0, 0, 0, 0, 0, 16, 0};
        assertThat(Rig.sense(rig.run(Rig.ALICE, cdb, new byte[16]))).isEqualTo(0x051A00);
    }

    @Test
    void reserve_6_shuts_the_others_out_until_release_reset_or_end_of_session() {
        byte[] reserve = Cdbs.of("16 00 00 00 00 00");
        byte[] release = Cdbs.of("17 00 00 00 00 00");
        assertThat(rig.run(Rig.ALICE, reserve).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Rig.BOB, reserve).status()).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        assertThat(rig.run(Rig.BOB, release).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(mayRead(Rig.BOB)).isFalse();
        assertThat(rig.run(Rig.BOB, Cdbs.of("12 00 00 00 24 00")).status()).isEqualTo(ScsiStatus.GOOD);
        rig.run(Rig.ALICE, release);
        assertThat(mayRead(Rig.BOB)).isTrue();
        rig.run(Rig.ALICE, reserve);
        rig.target.detach(Rig.ALICE);
        assertThat(mayRead(Rig.BOB)).isTrue();
    }
}
