package org.sanboot.iscsi.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.block.BlockDevice;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.scsi.Execution.Complete;

class CommandsTest {

    private final Rig rig = new Rig();

    private static byte[] blocks(int count, int value) {
        byte[] data = new byte[count * 512];
        Arrays.fill(data, (byte) value);
        return data;
    }

    // What Microsoft's initiator needs (facts gathered in code and reports of other targets)

    /**
     * TalAloni/iSCSIConsole, VirtualSCSITarget.cs: without an NAA designator in page 83h Windows Setup stops with bug check
     * 0xF4.
     */
    @Test
    void windows_finds_an_naa_designator() {
        byte[] page = rig.run(Cdbs.inquiryPage(0x83)).data();
        Map<Integer, byte[]> byType = new HashMap<>();
        for (int at = 4; at < page.length; at += 4 + page[at + 3]) {
            byType.putIfAbsent(page[at + 1] & 0x3F, Arrays.copyOfRange(page, at + 4, at + 4 + page[at + 3]));
        }
        assertThat(byType.get(0x3)).hasSize(8);
        assertThat(byType.get(0x3)[0] >> 4).isEqualTo(3);
        assertThat(new String(byType.get(0x1), StandardCharsets.US_ASCII)).startsWith("SANBOOT ");
    }

    /** Windows reads these pages of a disk; a page that page 00h lists must answer (libiscsi asks the same). */
    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x80, 0x83, 0x86, 0xB0, 0xB1, 0xB2})
    void windows_finds_the_pages_that_are_listed(int page) {
        byte[] list = rig.run(Cdbs.inquiryPage(0)).data();
        assertThat(Arrays.copyOfRange(list, 4, list.length)).contains((byte) page);
        byte[] data = rig.run(Cdbs.inquiryPage(page)).data();
        assertThat(data[1] & 0xFF).isEqualTo(page);
        assertThat(ByteBuffer.wrap(data).getShort(2)).isEqualTo((short) (data.length - 4));
    }

    /** SBC-3 6.5.1: Windows sends FUA writes only where DPOFUA is set. */
    @ParameterizedTest
    @CsvSource({"1a 00 3f 00 ff 00, 2", "5a 00 3f 00 00 00 00 00 ff 00, 3"})
    void windows_sees_dpofua(String cdb, int at) {
        assertThat(rig.run(Cdbs.of(cdb)).data()[at]).isEqualTo((byte) 0x10);
    }

    @Test
    void windows_flushes_with_both_forms_of_synchronize_cache() {
        assertThat(rig.run(Cdbs.synchronizeCache()).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.of("91 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"))
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.counters.flushes()).isEqualTo(2);
    }

    @Test
    void windows_gets_a_proper_answer_about_operation_codes() {
        byte[] known = rig.run(Cdbs.of("a3 0c 01 28 00 00 00 00 ff ff 00 00")).data();
        assertThat(known[1]).isEqualTo((byte) 3);
        assertThat(Arrays.copyOfRange(known, 4, 14)).startsWith(0x28);
        byte[] unknown = rig.run(Cdbs.of("a3 0c 01 48 00 00 00 00 ff ff 00 00")).data();
        assertThat(unknown[1]).isEqualTo((byte) 1);
        byte[] all = rig.run(Cdbs.of("a3 0c 00 00 00 00 00 00 ff ff 00 00")).data();
        assertThat(ByteBuffer.wrap(all).getInt()).isEqualTo(Command.values().length * 8);
        byte[] action = rig.run(Cdbs.of("a3 0c 03 9e 00 10 00 00 ff ff 00 00")).data();
        assertThat(action[1]).isEqualTo((byte) 3);
        assertThat(action[5] & 0x1F).isEqualTo(0x10);
    }

    /** Failover clusters reserve persistently. */
    @Test
    void windows_finds_all_types_of_persistent_reservation() {
        byte[] capabilities = rig.run(Cdbs.of("5e 02 00 00 00 00 00 00 08 00")).data();
        assertThat(HexFormat.of().formatHex(capabilities)).isEqualTo("00080580ea010000");
    }

    // Others

    /** SCST PR 223, open-iscsi 175: LUN 0 answers even where nothing is there. */
    @Test
    void a_logical_unit_that_is_not_there_answers_inquiry_and_report_luns() {
        long absent = 5L << 48;
        assertThat(rig.run(Rig.ALICE, absent, Cdbs.of("12 00 00 00 24 00")).data()[0])
                .isEqualTo((byte) 0x7F);
        assertThat(rig.run(Rig.ALICE, absent, Cdbs.of("a0 00 00 00 00 00 00 00 01 00 00 00"))
                        .data())
                .hasSize(16);
        assertThat(Rig.sense(rig.run(Rig.ALICE, absent, Cdbs.testUnitReady()))).isEqualTo(0x052500);
        byte[] sense = rig.run(Rig.ALICE, absent, Cdbs.of("03 00 00 00 12 00")).data();
        assertThat(sense[12]).isEqualTo((byte) 0x25);
    }

    @Test
    void the_capacity_is_the_last_address_and_not_the_count() {
        ByteBuffer ten = ByteBuffer.wrap(
                rig.run(Cdbs.of("25 00 00 00 00 00 00 00 00 00")).data());
        assertThat(ten.getInt(0)).isEqualTo(2047);
        assertThat(ten.getInt(4)).isEqualTo(512);
        byte[] cdb = Cdbs.of("9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00");
        ByteBuffer sixteen = ByteBuffer.wrap(rig.run(cdb).data());
        assertThat(sixteen.getLong(0)).isEqualTo(2047);
        assertThat(sixteen.get(14)).isEqualTo((byte) 0xC0);
    }

    /** EDK2's UefiScsiLib fills in the LUN bits of SCSI-2, and asks for sense on connect. */
    @Test
    void obsolete_lun_bits_do_no_harm() {
        assertThat(rig.run(Cdbs.of("00 20 00 00 00 00")).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.of("03 20 00 00 12 00")).data()[2]).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "48 00 00 00 00 00 00 00 00 00, 052000",
        "83 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00, 052000",
        "12 00 83 00 ff 00, 052400",
        "12 01 84 00 ff 00, 052400",
        "28 20 00 00 00 00 00 00 01 00, 052400",
        "28 00 00 00 00 00 00 00 01 04, 052400",
        "28 00 00 00 08 00 00 00 01 00, 052100",
        "28 00 ff ff ff ff 00 00 00 00, 052100",
        "88 00 80 00 00 00 00 00 00 00 00 00 00 01 00 00, 052100",
        "a8 00 00 00 00 00 00 10 00 01 00 00, 052100",
        "1a 00 c0 00 ff 00, 053900",
        "1a 00 02 00 ff 00, 052400",
        "9e 1f 00 00 00 00 00 00 00 00 00 00 00 20 00 00, 052400",
        "1b 00 00 00 02 00, 052400",
        "5e 04 00 00 00 00 00 00 08 00, 052400"
    })
    void what_is_not_supported_is_said_with_the_right_sense(String cdb, String sense) {
        assertThat(String.format("%06x", Rig.sense(rig.run(Cdbs.of(cdb))))).isEqualTo(sense);
    }

    @Test
    void sense_data_names_the_byte_at_fault() {
        Sense sense = rig.run(Cdbs.of("28 00 00 00 00 00 00 00 01 04")).sense();
        assertThat(HexFormat.of().formatHex(sense.encode(false)))
                .isEqualTo("70000500000000" + "0a00000000240000c00009");
        assertThat(HexFormat.of().formatHex(sense.encode(true))).isEqualTo("7205240000000008" + "02060000c0000900");
    }

    @Test
    void a_write_protected_disk_says_so() {
        Rig readOnly = new Rig(new MemoryDisk(1 << 20, true));
        assertThat(readOnly.run(Cdbs.of("1a 00 3f 00 ff 00")).data()[2] & 0x80).isEqualTo(0x80);
        for (String cdb : new String[] {
            "0a 00 00 00 01 00",
            "2a 00 00 00 00 00 00 00 01 00",
            "2e 00 00 00 00 00 00 00 01 00",
            "41 00 00 00 00 00 00 00 01 00",
            "42 00 00 00 00 00 00 00 18 00",
            "89 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00",
            "8b 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00"
        }) {
            assertThat(Rig.sense(readOnly.run(Cdbs.of(cdb)))).isEqualTo(0x072700);
        }
    }

    @Test
    void an_initiator_may_write_protect_and_the_others_are_told() {
        byte[] list = Cdbs.of("00 00 00 00 0a 0a 00 10 08 00 00 00 ff ff 00 00");
        assertThat(rig.run(Cdbs.of("15 10 00 00 10 00"), list).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(Rig.sense(rig.run(Rig.BOB, Cdbs.testUnitReady()))).isEqualTo(0x062A01);
        assertThat(Rig.sense(rig.run(Cdbs.write10(0, 1), blocks(1, 1)))).isEqualTo(0x072702);
        rig.unit.reset();
        assertThat(Rig.sense(rig.run(Cdbs.testUnitReady()))).isEqualTo(0x062903);
        assertThat(rig.run(Cdbs.write10(0, 1), blocks(1, 1)).status()).isEqualTo(ScsiStatus.GOOD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00 00 00 00 0a 0a 02 10 00 00 00 00 ff ff 00 00",
                "00 00 00 00 0a 09 00 10 00 00 00 00 ff ff 00 00",
                "00 00 00 00 08 12 00 00 00 00 00 00 00 00 00 00",
                "00 00 00 07 0a 0a 00 10 00 00 00 00 ff ff 00 00"
            })
    void mode_parameters_that_cannot_change_are_refused(String list) {
        Complete end = rig.run(Cdbs.of("15 10 00 00 10 00"), Cdbs.of(list));
        assertThat(Rig.sense(end)).isIn(0x052600, 0x051A00);
    }

    @Test
    void compare_and_write_writes_only_what_it_expected() {
        byte[] cdb = Cdbs.of("89 00 00 00 00 00 00 00 00 04 00 00 00 01 00 00");
        byte[] both = Arrays.copyOf(blocks(1, 0), 1024);
        Arrays.fill(both, 512, 1024, (byte) 7);
        assertThat(rig.run(cdb, both).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.read10(4, 1)).data()).isEqualTo(blocks(1, 7));
        Complete again = rig.run(cdb, both);
        assertThat(Rig.sense(again)).isEqualTo(0x0E1D00);
        assertThat(again.sense().information()).isZero();
        assertThat(Rig.sense(rig.run(cdb, blocks(1, 0)))).isEqualTo(0x052400);
    }

    @Test
    void write_same_fills_and_gives_back() {
        assertThat(rig.run(Cdbs.ten(0x41, 8, 200), blocks(1, 3)).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.read10(8, 200)).data()).isEqualTo(blocks(200, 3));
        assertThat(rig.run(Cdbs.of("93 09 00 00 00 00 00 00 00 08 00 00 00 64 00 00"))
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.read10(8, 100)).data()).isEqualTo(blocks(100, 0));
        assertThat(rig.run(Cdbs.read10(108, 100)).data()).isEqualTo(blocks(100, 3));
    }

    @Test
    void unmap_gives_all_its_ranges_back_or_none() {
        rig.run(Cdbs.ten(0x41, 0, 64), blocks(1, 3));
        ByteBuffer list = ByteBuffer.allocate(40)
                .putShort((short) 38)
                .putShort((short) 32)
                .putInt(0);
        list.putLong(0).putInt(8).putInt(0).putLong(2040).putInt(9).putInt(0);
        byte[] cdb = Cdbs.of("42 00 00 00 00 00 00 00 28 00");
        assertThat(Rig.sense(rig.run(cdb, list.array()))).isEqualTo(0x052100);
        assertThat(rig.run(Cdbs.read10(0, 8)).data()).isEqualTo(blocks(8, 3));
        list.putInt(32, 8);
        assertThat(rig.run(cdb, list.array()).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.read10(0, 8)).data()).isEqualTo(blocks(8, 0));
        assertThat(rig.run(Cdbs.read10(8, 1)).data()).isEqualTo(blocks(1, 3));
    }

    @Test
    void verify_compares_and_orwrite_sets_bits() {
        rig.run(Cdbs.write10(0, 2), blocks(2, 0x50));
        byte[] verify = Cdbs.of("2f 02 00 00 00 00 00 00 02 00");
        assertThat(rig.run(verify, blocks(2, 0x50)).status()).isEqualTo(ScsiStatus.GOOD);
        byte[] different = blocks(2, 0x50);
        different[700] = 1;
        Complete miscompare = rig.run(verify, different);
        assertThat(Rig.sense(miscompare)).isEqualTo(0x0E1D00);
        assertThat(miscompare.sense().information()).isEqualTo(700);
        byte[] orWrite = Cdbs.of("8b 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00");
        rig.run(orWrite, blocks(2, 0x0F));
        assertThat(rig.run(Cdbs.read10(0, 2)).data()).isEqualTo(blocks(2, 0x5F));
        assertThat(rig.run(Cdbs.of("2f 06 00 00 00 00 00 00 02 00"), blocks(1, 0x5F))
                        .status())
                .isEqualTo(ScsiStatus.GOOD);
    }

    @Test
    void write_atomic_takes_all_or_nothing() {
        byte[] cdb = Cdbs.of("9c 00 00 00 00 00 00 00 00 10 00 00 00 08 00 00");
        assertThat(rig.run(cdb, blocks(4, 9)).status()).isEqualTo(ScsiStatus.CHECK_CONDITION);
        assertThat(rig.run(Cdbs.read10(16, 8)).data()).isEqualTo(blocks(8, 0));
        assertThat(rig.run(cdb, blocks(8, 9)).status()).isEqualTo(ScsiStatus.GOOD);
        assertThat(rig.run(Cdbs.read10(16, 8)).data()).isEqualTo(blocks(8, 9));
    }

    /** SAM-5 5.14.1: an initiator is told once of what happened several times. */
    @Test
    void unit_attentions_of_one_kind_are_told_once() {
        rig.unit.commandsCleared(Rig.BOB);
        rig.unit.commandsCleared(Rig.BOB);
        assertThat(Rig.sense(rig.run(Rig.BOB, Cdbs.testUnitReady()))).isEqualTo(0x062F00);
        assertThat(rig.run(Rig.BOB, Cdbs.testUnitReady()).status()).isEqualTo(ScsiStatus.GOOD);
    }

    @Test
    void more_than_the_block_limits_page_promises_is_refused() {
        ByteBuffer limits =
                ByteBuffer.wrap(rig.run(Cdbs.of("12 01 b0 00 ff 00")).data());
        int unmap = limits.getInt(20);
        long writeSame = limits.getLong(36);
        assertThat(unmap).isPositive();
        assertThat(writeSame).isPositive();
        byte[] list = ByteBuffer.allocate(24)
                .putShort((short) 22)
                .putShort((short) 16)
                .putInt(0)
                .putLong(0)
                .putInt(unmap + 1)
                .array();
        Rig huge = new Rig(new HugeDisk(4L << 40));
        assertThat(Rig.sense(huge.run(Cdbs.of("42 00 00 00 00 00 00 00 18 00"), list)))
                .isEqualTo(0x052600);
        byte[] same = ByteBuffer.allocate(16)
                .put((byte) 0x93)
                .put(10, (byte) 0)
                .putInt(10, (int) writeSame + 1)
                .array();
        assertThat(Rig.sense(huge.run(same, new byte[512]))).isEqualTo(0x052400);
    }

    /** The bound is the length asked for, of the disk and of what it stands on. */
    @Test
    void get_lba_status_looks_at_a_bounded_part_of_a_large_disk() {
        HugeDisk disk = new HugeDisk(4L << 40);
        Rig huge = new Rig(disk);
        byte[] data = huge.run(Cdbs.of("9e 12 00 00 00 00 00 00 00 00 00 00 10 00 00 00"))
                .data();
        assertThat(data).hasSizeGreaterThan(8);
        assertThat(disk.examined).isEqualTo(64L << 30);
    }

    /** Tells of extents of 1 MiB, and how far it was asked to look in all. */
    private static final class HugeDisk implements BlockDevice {

        private final long size;
        private long examined;

        HugeDisk(long size) {
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public void read(long offset, ByteBuffer destination) {
            destination.position(destination.limit());
        }

        @Override
        public void write(long offset, ByteBuffer source) {
            source.position(source.limit());
        }

        @Override
        public void zero(long offset, long length) {}

        @Override
        public void flush() {}

        @Override
        public Extent extent(long offset) {
            throw new AssertionError("Nobody may look without a bound");
        }

        @Override
        public Extent extent(long offset, long length) {
            long found = Math.min(length, 1 << 20);
            examined += found;
            return new Extent(found, Extent.State.MAPPED);
        }

        @Override
        public void close() {}
    }

    @Test
    void what_commands_hold_in_memory_together_is_limited() {
        byte[] cdb = Cdbs.of("9c 00 00 00 00 00 00 00 00 10 00 00 01 00 00 00");
        Execution.Receive first = null;
        for (int i = 0; i < 64; i++) {
            Execution execution = rig.target.execute(Rig.ALICE, 0, cdb, 131_072);
            assertThat(execution).isInstanceOf(Execution.Receive.class);
            first = (Execution.Receive) execution;
        }
        assertThat(rig.run(cdb, new byte[131_072]).status()).isEqualTo(ScsiStatus.BUSY);
        first.sink().close();
        assertThat(rig.run(cdb, new byte[131_072]).status()).isEqualTo(ScsiStatus.GOOD);
    }

    @Test
    void logical_unit_numbers_are_read_in_both_formats() {
        assertThat(LunCode.number(0)).isZero();
        assertThat(LunCode.number(0x00FFL << 48)).isEqualTo(255);
        assertThat(LunCode.number(0x4123L << 48)).isEqualTo(0x123);
        assertThat(LunCode.number(0x0100L << 48)).isEqualTo(-1);
        assertThat(LunCode.number(1)).isEqualTo(-1);
        assertThat(LunCode.number(-1)).isEqualTo(-1);
        for (int number : new int[] {0, 255, 256, LunCode.HIGHEST}) {
            assertThat(LunCode.number(LunCode.code(number))).isEqualTo(number);
        }
    }
}
