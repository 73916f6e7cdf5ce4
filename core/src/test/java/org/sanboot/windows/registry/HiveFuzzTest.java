package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
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
        });
    }
}
