package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.registry.LogReplay.Outcome;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

class LogReplayTest {

    private static final String FILLER = "\"Filler\"=\"%s\"\n".formatted("x".repeat(1500));

    private final byte[] first = state(1);
    private final byte[] second = state(2);
    private final byte[] third = state(3);
    private final byte[] fourth = state(4);

    /** A hive of several pages, in which one number tells the state. */
    private static byte[] state(int number) {
        return new HiveBuilder()
                .add("[A]\n" + FILLER + "[B]\n" + FILLER)
                .add("[Z]\n\"State\"=dword:0000000%d\n".formatted(number))
                .add("[Z\\More]\n" + FILLER.repeat(1))
                .build();
    }

    private static LogReplay replay(byte[] hive, byte[]... logs) {
        List<LogReplay.Log> files = new ArrayList<>();
        for (byte[] log : logs) {
            files.add(new LogReplay.Log("LOG" + (files.size() + 1), new MemoryMedium(log)));
        }
        return LogReplay.of("SYSTEM", new MemoryMedium(hive), () -> files);
    }

    private static long state(LogReplay replay) {
        return Hive.open("SYSTEM", replay.contents())
                .root()
                .find("Z")
                .orElseThrow()
                .dword("State")
                .orElseThrow();
    }

    @Test
    void a_clean_hive_is_as_it_is_whatever_its_logs_hold() {
        byte[] log = LogBuilder.ofNewFormat(first, 7).entry(7, first, second).build();

        LogReplay replay = replay(first, log);

        assertThat(replay.outcome()).isEqualTo(Outcome.NOT_NEEDED);
        assertThat(state(replay)).isEqualTo(1);
    }

    @Test
    void entries_go_from_one_new_log_on_into_the_other_whichever_comes_first() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] later = LogBuilder.ofNewFormat(first, 7).entry(7, third, fourth).build();
        byte[] earlier = LogBuilder.ofNewFormat(first, 5)
                .entry(5, first, second)
                .entry(6, second, third)
                .build();

        LogReplay replay = replay(hive, later, earlier);

        assertThat(replay.outcome()).isEqualTo(Outcome.WHOLE);
        assertThat(state(replay)).isEqualTo(4);
        assertThat(replay.applied()).isEqualTo("entries 5 to 6 of LOG2, entry 7 of LOG1");
        assertThat(replay.remarks()).isEmpty();
        Hive whole = Hive.open("SYSTEM", replay.contents());
        assertThat(whole.state()).isEqualTo(Hive.State.CLEAN);
        assertThat(replay.contents().read("base", 0, 12).signed32(8)).isEqualTo(8);
    }

    @Test
    void an_old_log_holds_everything() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);

        LogReplay replay = replay(hive, LogBuilder.ofOldFormat(first, second, 6, 0));

        assertThat(replay.outcome()).isEqualTo(Outcome.WHOLE);
        assertThat(replay.applied()).isEqualTo("LOG1");
        assertThat(state(replay)).isEqualTo(2);
        assertThat(Hive.open("SYSTEM", replay.contents()).state()).isEqualTo(Hive.State.CLEAN);
    }

    @ParameterizedTest
    @CsvSource({"10, 20, 3", "20, 10, 2", "10, 10, 2"})
    void of_two_old_logs_the_later_counts(long firstTime, long secondTime, int state) {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] one = LogBuilder.ofOldFormat(first, second, 6, firstTime);
        byte[] two = LogBuilder.ofOldFormat(first, third, 6, secondTime);

        assertThat(state(replay(hive, one, two))).isEqualTo(state);
    }

    @Test
    void an_old_log_whose_pages_are_cut_off_is_of_no_use() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] log = LogBuilder.ofOldFormat(first, second, 6, 0);

        LogReplay replay = replay(hive, Arrays.copyOf(log, log.length - 512));

        assertThat(replay.outcome()).isEqualTo(Outcome.USELESS);
        assertThat(replay.remarks()).startsWith("LOG1 is damaged: 512 bytes at");
    }

    /** Wherever the last entry is cut or a byte of it is wrong, the ones before it count and it does not. */
    @Test
    void a_torn_log_counts_up_to_its_last_whole_entry() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        LogBuilder log =
                LogBuilder.ofNewFormat(first, 5).entry(5, first, second).entry(6, second, third);
        byte[] whole = log.build();
        int last = whole.length - log.last().length;
        assertThat(state(replay(hive, whole))).isEqualTo(3);
        for (int cut = last; cut < whole.length; cut += 60) {
            assertThat(state(replay(hive, Arrays.copyOf(whole, cut))))
                    .as("cut at %d", cut)
                    .isEqualTo(2);
        }
        for (int at = last; at < whole.length; at += at < last + 64 ? 1 : 97) {
            byte[] torn = whole.clone();
            torn[at] ^= 0x20;
            LogReplay replay = replay(hive, torn);
            assertThat(state(replay)).as("byte %d", at).isEqualTo(2);
            assertThat(replay.outcome()).isEqualTo(Outcome.WHOLE);
            if (at >= last + 4) {
                assertThat(replay.remarks()).startsWith("LOG1 is damaged: the entry at %d".formatted(last));
            }
        }
    }

    @Test
    void what_is_left_of_a_log_s_life_before_is_not_applied() {
        byte[] hive = LogBuilder.dirty(second, 6, 5);
        byte[] log = LogBuilder.ofNewFormat(first, 5)
                .entry(5, second, third)
                .entry(4, first, fourth)
                .build();

        assertThat(state(replay(hive, log))).isEqualTo(3);
    }

    @Test
    void a_log_that_begins_after_a_gap_is_not_applied() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] one = LogBuilder.ofNewFormat(first, 5).entry(5, first, second).build();
        byte[] two = LogBuilder.ofNewFormat(first, 7).entry(7, second, third).build();

        LogReplay replay = replay(hive, one, two);

        assertThat(state(replay)).isEqualTo(2);
        assertThat(replay.remarks()).isEqualTo("LOG2 goes on at entry 7 where 6 is expected.");
    }

    @Test
    void logs_of_no_use_say_why() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] old = LogBuilder.ofNewFormat(first, 4).entry(4, first, second).build();
        byte[] unfinished = LogBuilder.ofNewFormat(first, 5).build();
        unfinished[8]++;
        byte[] empty = new byte[0];

        LogReplay replay = replay(hive, old, unfinished, empty);

        assertThat(replay.outcome()).isEqualTo(Outcome.USELESS);
        assertThat(replay.remarks()).isEqualTo("LOG2 was not finished. LOG1 is older than the hive.");
        assertThat(state(replay)).isEqualTo(1);
        assertThat(replay(hive).remarks()).isEmpty();
    }

    @Test
    void a_base_block_that_was_torn_comes_from_the_latest_log_alone() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        hive[100] ^= 1;
        byte[] one = LogBuilder.ofNewFormat(first, 5).entry(5, first, second).build();
        byte[] two = LogBuilder.ofNewFormat(first, 6).entry(6, first, third).build();

        LogReplay replay = replay(hive, one, two);

        assertThat(replay.applied()).isEqualTo("entry 6 of LOG2");
        assertThat(state(replay)).isEqualTo(3);
        assertThat(Hive.open("SYSTEM", replay.contents()).state()).isEqualTo(Hive.State.CLEAN);
    }

    @Test
    void numbers_go_round() {
        byte[] hive = LogBuilder.dirty(first, -1, -2);
        byte[] one = LogBuilder.ofNewFormat(first, -2)
                .entry(-2, first, second)
                .entry(-1, second, third)
                .build();
        byte[] two = LogBuilder.ofNewFormat(first, 0).entry(0, third, fourth).build();

        LogReplay replay = replay(hive, two, one);

        assertThat(replay.applied()).isEqualTo("entries 4294967294 to 4294967295 of LOG2, entry 0 of LOG1");
        assertThat(state(replay)).isEqualTo(4);
    }

    @Test
    void a_hive_grows_with_its_log() {
        byte[] large = new HiveBuilder()
                .add("[A]\n" + FILLER + "[B]\n" + FILLER)
                .add("[Z]\n\"State\"=dword:00000009\n")
                .value("Z\\More", "Large", 3, new byte[30_000])
                .build();
        assertThat(large).hasSizeGreaterThan(first.length);
        byte[] log = LogBuilder.ofNewFormat(first, 5).entry(5, first, large).build();

        LogReplay replay = replay(LogBuilder.dirty(first, 6, 5), log);

        assertThat(state(replay)).isEqualTo(9);
        assertThat(replay.contents().size()).isEqualTo(large.length);
    }

    @Test
    void a_log_that_would_leave_no_bins_in_order_is_of_no_use() {
        byte[] wrong = second.clone();
        ByteBuffer.wrap(wrong).order(ByteOrder.LITTLE_ENDIAN).putInt(4096 + 4096 + 4, 0);
        byte[] log = LogBuilder.ofNewFormat(first, 5).entry(5, first, wrong).build();

        LogReplay replay = replay(LogBuilder.dirty(first, 6, 5), log);

        assertThat(replay.outcome()).isEqualTo(Outcome.USELESS);
        assertThat(replay.remarks()).isEqualTo("SYSTEM is damaged: with its logs, its bin at 4096 cannot be right.");
        assertThat(state(replay)).isEqualTo(1);
    }

    /** Whoever is killed while the logs are written into the hive leaves one that the same logs make whole. */
    @Test
    void after_each_write_the_same_logs_lead_to_the_same_hive() {
        byte[] hive = LogBuilder.dirty(first, 6, 5);
        byte[] log = LogBuilder.ofNewFormat(first, 5)
                .entry(5, first, second)
                .entry(6, second, third)
                .build();
        byte[] whole = hive.clone();
        Draft draft = new Draft(new MemoryMedium(whole));
        replay(hive, log).writeTo(draft);
        draft.apply();
        assertThat(Hive.open("SYSTEM", new MemoryMedium(whole)).state()).isEqualTo(Hive.State.CLEAN);

        List<byte[]> after = new ArrayList<>();
        byte[] step = hive.clone();
        replay(hive, log).writeTo(new MemoryMedium(step) {
            @Override
            public void write(long offset, ByteBuffer source) {
                super.write(offset, source);
                after.add(step.clone());
            }
        });
        assertThat(after).hasSizeGreaterThan(1);
        for (byte[] killed : after) {
            assertThat(state(replay(killed, log))).isEqualTo(3);
        }
        assertThat(after.get(after.size() - 1)).isEqualTo(whole);
    }
}
