package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sanboot.SanbootException;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

class HiveFuzzTest {

    private static final String TEXT = """
            [Select]
            "Current"=dword:00000001
            [ControlSet001\\Services\\Psched]
            "Start"=dword:00000001
            "List"=multi:"one","two"
            [ControlSet001\\Services\\E1G60]
            "Start"=dword:00000003
            "BootFlags"=dword:00000001
            """;

    @Test
    void damage_anywhere_ends_in_an_answer_or_in_one_sentence() {
        byte[] sound = new HiveBuilder()
                .add(TEXT)
                .value("Large", "data", 3, new byte[20_000])
                .index(HiveBuilder.Index.RI)
                .build();
        sound = Arrays.copyOf(sound, sound.length + 50_000); // Room to grow.
        long seed = Long.getLong("sanboot.fuzz.seed", 1);
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 1_500);
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = damage(sound, random);
            long start = System.nanoTime();
            try {
                walk(Hive.open("SYSTEM", new Draft(new MemoryMedium(damaged))));
            } catch (SanbootException e) {
                assertThat(e.getMessage())
                        .as("seed %d round %d", seed, round)
                        .isNotBlank()
                        .endsWith(".");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed %d round %d".formatted(seed, round), e);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("seed %d round %d", seed, round)
                    .isLessThan(Duration.ofSeconds(20));
        }
    }

    /** Every other entry gets hashes that fit its damage, as only a forged log has. */
    @Test
    void damaged_logs_end_in_a_hive_or_in_one_sentence() {
        byte[] before = new HiveBuilder().add(TEXT).build();
        byte[] after = new HiveBuilder()
                .add(TEXT + "\"More\"=\"%s\"".formatted("x".repeat(5000)))
                .build();
        byte[] hive = LogBuilder.dirty(before, 3, 2);
        byte[] oldLog = LogBuilder.ofOldFormat(before, after, 3, 0);
        long seed = Long.getLong("sanboot.fuzz.seed", 1);
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 1_500);
        Random random = new Random(seed);
        int whole = 0;
        for (int round = 0; round < rounds; round++) {
            String context = "seed %d round %d".formatted(seed, round);
            LogBuilder newLog = LogBuilder.ofNewFormat(before, 2).entry(2, before, after);
            for (int i = random.nextInt(4); i > 0; i--) {
                ByteBuffer.wrap(newLog.last())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(4 * (1 + random.nextInt(32)), random.nextInt() >>> random.nextInt(32));
            }
            if (random.nextBoolean()) {
                LogBuilder.hashed(newLog.last());
            }
            boolean old = random.nextInt(3) == 0;
            byte[] log = old ? damage(oldLog, random) : newLog.build();
            long start = System.nanoTime();
            try {
                LogReplay replay = LogReplay.of(
                        "SYSTEM",
                        new MemoryMedium(hive.clone()),
                        () -> List.of(new LogReplay.Log("SYSTEM.LOG1", new MemoryMedium(log))));
                whole += replay.outcome() == LogReplay.Outcome.WHOLE ? 1 : 0;
                walk(Hive.open("SYSTEM", new Draft(replay.contents())));
            } catch (SanbootException e) {
                assertThat(e.getMessage()).as(context).endsWith(".");
            } catch (RuntimeException | Error e) {
                throw new AssertionError(context, e);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(context).isLessThan(Duration.ofSeconds(20));
        }
        assertThat(whole).isBetween(rounds / 20, rounds * 19 / 20);
    }

    /** Bytes, and whole words that point elsewhere or count too high; half of them where the cells are. */
    private static byte[] damage(byte[] sound, Random random) {
        byte[] damaged = sound.clone();
        ByteBuffer buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i <= random.nextInt(8); i++) {
            int at = (random.nextBoolean() ? random.nextInt(damaged.length) : 4096 + random.nextInt(1024)) & ~3;
            switch (random.nextInt(4)) {
                case 0 -> damaged[at] = (byte) random.nextInt();
                case 1 -> buffer.putInt(at, random.nextInt());
                case 2 -> buffer.putInt(at, random.nextInt(damaged.length / 8) * 8);
                default -> buffer.putInt(at, random.nextBoolean() ? Integer.MAX_VALUE : Integer.MIN_VALUE);
            }
        }
        return damaged;
    }

    private static void walk(Hive hive) {
        hive.state();
        for (Key key : hive.root().subkeys()) {
            key.subkeys().forEach(Key::subkeys);
            key.value("data").ifPresent(Value::data);
        }
        hive.root().find("ControlSet001", "Services", "Psched").ifPresent(key -> {
            key.strings("List");
            HiveEditor editor = new HiveEditor(hive);
            editor.setDword(key, "Start", 0);
            editor.setDword(key, "Added", 1);
            editor.clearStrings(key, "List");
            Key added = editor.createKey(key, "Parameters", "More");
            editor.setValue(added, "Large", 3, new byte[20_000]);
            editor.setValue(key, "List", 1, new byte[20]);
            editor.createKey(hive.root(), "Last");
        });
    }
}
