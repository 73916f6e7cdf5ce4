package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.structure.MemoryMedium;

class LogFileTest {

    private static final int CLEAN = 2;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 2, CLEAN",
        "1, 1, 0, 0, UNCLEAN",
        "1, 1, 0xffff, 0, CLEAN", // Before Windows XP: nobody has it open.
        "2, 0, 0, 2, CLEAN",
        "2, 0, 0, 0, UNCLEAN",
        "2, 0, 0, 3, CLEAN",
        "2, 0, 0, 1, UNCLEAN",
        "2, 1, 0, 2, UNREADABLE",
        "1, 0, 0, 2, UNREADABLE",
        "0, 65535, 0, 2, UNREADABLE",
        "1, 1, 1, 2, UNREADABLE" // There is one client only.
    })
    void a_log_is_clean_when_its_flag_says_so_or_nobody_has_it_open(
            int major, int minor, String inUse, int flags, LogState state) {
        byte[] page = new RestartPages()
                .version(major, minor)
                .inUse(Integer.decode(inUse))
                .flags(flags)
                .page();

        assertThat(state(RestartPages.log(page, page))).isEqualTo(state);
    }

    @Test
    void an_empty_log_was_clean_when_it_was_emptied() {
        byte[] empty = new byte[2 << 20];
        Arrays.fill(empty, (byte) 0xff);

        assertThat(state(empty)).isEqualTo(LogState.CLEAN);
    }

    @Test
    void a_log_of_zeros_says_nothing() {
        assertThat(state(new byte[2 << 20])).isEqualTo(LogState.UNREADABLE);
        assertThat(state(new byte[0])).isEqualTo(LogState.UNREADABLE);
    }

    @Test
    void the_newer_of_the_two_pages_decides() {
        byte[] old = new RestartPages().lsn(100).flags(CLEAN).page();
        byte[] mounted = new RestartPages().lsn(200).page();
        byte[] dismounted = new RestartPages().lsn(300).flags(CLEAN).page();

        assertThat(state(RestartPages.log(old, mounted))).isEqualTo(LogState.UNCLEAN);
        assertThat(state(RestartPages.log(mounted, old))).isEqualTo(LogState.UNCLEAN);
        assertThat(state(RestartPages.log(mounted, dismounted))).isEqualTo(LogState.CLEAN);
        assertThat(state(RestartPages.log(dismounted, mounted))).isEqualTo(LogState.CLEAN);
    }

    @Test
    void of_two_pages_as_new_as_each_other_the_unclean_one_decides() {
        byte[] clean = new RestartPages().flags(CLEAN).page();
        byte[] unclean = new RestartPages().page();

        assertThat(state(RestartPages.log(clean, unclean))).isEqualTo(LogState.UNCLEAN);
        assertThat(state(RestartPages.log(unclean, clean))).isEqualTo(LogState.UNCLEAN);
    }

    @ParameterizedTest
    @CsvSource({"510", "1022", "4094"})
    void a_page_that_was_written_in_part_is_not_read_past(int tail) {
        byte[] whole = new RestartPages().flags(CLEAN).page();
        byte[] torn = whole.clone();
        torn[tail]++;

        assertThat(state(RestartPages.log(torn, whole))).isEqualTo(LogState.UNREADABLE);
        assertThat(state(RestartPages.log(whole, torn))).isEqualTo(LogState.UNREADABLE);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void pages_of_chkdsk_are_read_with_and_without_their_protection(boolean isProtected) {
        byte[] clean = new RestartPages().byChkdsk(isProtected).flags(CLEAN).page();
        byte[] unclean = new RestartPages().byChkdsk(isProtected).page();

        assertThat(state(RestartPages.log(clean, clean))).isEqualTo(LogState.CLEAN);
        assertThat(state(RestartPages.log(unclean, unclean))).isEqualTo(LogState.UNCLEAN);
    }

    @Test
    void a_log_that_is_cut_off_anywhere_is_never_clean() {
        byte[] page = new RestartPages().flags(CLEAN).page();
        byte[] log = RestartPages.log(page, page);

        for (int length = 0; length < 2 * RestartPages.SIZE; length += 61) {
            assertThat(state(Arrays.copyOf(log, length))).as("%d bytes", length).isEqualTo(LogState.UNREADABLE);
        }
    }

    @Test
    void damage_anywhere_ends_in_an_answer_and_that_of_one_byte_never_in_clean() {
        byte[] page = new RestartPages().page();
        byte[] log = Arrays.copyOf(RestartPages.log(page, page), 64 << 10);
        Random random = new Random(Long.getLong("sanboot.fuzz.seed", 1));
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 20_000);
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = log.clone();
            ByteBuffer words = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
            boolean single = random.nextBoolean();
            for (int i = single ? 1 : 4; i > 0; i--) {
                int at = random.nextInt(2) * RestartPages.SIZE + random.nextInt(random.nextBoolean() ? 0x100 : 4088);
                if (single) {
                    damaged[at] = (byte) random.nextInt();
                } else {
                    words.putLong(at, random.nextBoolean() ? random.nextLong() : -1);
                }
            }
            LogState state = state(damaged);
            if (single) { // Each page has the flag, and the newer one or both decide.
                assertThat(state).as("round %d", round).isIn(LogState.UNCLEAN, LogState.UNREADABLE);
            }
        }
    }

    private static LogState state(byte[] log) {
        return LogFile.state(new MemoryMedium(log));
    }
}
