package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.structure.MemoryMedium;

/** Damages the structures on the way to the SYSTEM hive; run longer with {@code -Dsanboot.fuzz.rounds=}. */
@Tag("boot")
class NtfsFuzzIT {

    private static final int LONGEST_DAMAGE = 8;

    @TempDir
    private Path directory;

    @Test
    void damage_anywhere_ends_in_an_answer_or_in_one_sentence() throws Exception {
        WindowsImage image = WindowsImage.in(directory)
                .sizes(512, 512)
                .mebibytes(3)
                .inPieces(60)
                .log(new RestartPages().flags(2))
                .file(WindowsImage.SYSTEM, new byte[60 * 1024]);
        for (int i = 0; i < 100; i++) {
            image.file("Windows/System32/driver-%03d.sys".formatted(i), new byte[1]);
        }
        byte[] bytes = Files.readAllBytes(image.volume());
        List<Integer> structures = structures(bytes);
        assertThat(structures).hasSizeGreaterThan(100);
        long seed = Long.getLong("sanboot.fuzz.seed", 1);
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 5_000);
        Random random = new Random(seed);
        int answers = 0;
        for (int round = 0; round < rounds; round++) {
            List<byte[]> saved = new ArrayList<>();
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(4); i++) {
                int at = (structures.get(random.nextInt(structures.size())) + random.nextInt(512)) & ~1;
                saved.add(Arrays.copyOfRange(bytes, at, at + LONGEST_DAMAGE));
                places.add(at);
                damage(bytes, at, random);
            }
            answers += read(bytes, seed, round) ? 1 : 0;
            for (int i = places.size() - 1; i >= 0; i--) {
                System.arraycopy(saved.get(i), 0, bytes, places.get(i), LONGEST_DAMAGE);
            }
        }
        assertThat(answers).as("the damage must not always be fatal, nor never").isBetween(1, rounds - 1);
    }

    /** The boot sector, file records and index blocks; the first ones more often, as every reading meets them. */
    private static List<Integer> structures(byte[] bytes) {
        List<Integer> structures = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += 512) {
            String signature = new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
            if (at == 0 || signature.matches("FILE|INDX|RSTR")) {
                for (int i = 0; i < (structures.size() < 6 ? 10 : 1); i++) {
                    structures.add(at);
                }
            }
        }
        return structures;
    }

    private static void damage(byte[] bytes, int at, Random random) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (random.nextInt(5)) {
            case 0 -> bytes[at] = (byte) random.nextInt();
            case 1 -> buffer.putShort(at, (short) random.nextInt());
            case 2 -> buffer.putInt(at, random.nextInt());
            case 3 -> buffer.putLong(at, random.nextLong());
            default -> buffer.putLong(at, random.nextBoolean() ? Long.MAX_VALUE : -1);
        }
    }

    private static boolean read(byte[] bytes, long seed, int round) {
        long start = System.nanoTime();
        try {
            NtfsVolume volume = NtfsVolume.open(new MemoryMedium(bytes));
            volume.isDirty();
            volume.logState();
            volume.find(List.of("hiberfil.sys"));
            volume.find(List.of("Windows", "System32", "driver-050.sys"));
            NtfsFile file = volume.find(List.of("Windows", "System32", "config", "SYSTEM"))
                    .orElseThrow(() -> new ConfigurationException("It is not there."));
            file.read("the file", 0, (int) Math.min(file.size(), 1 << 20));
            return true;
        } catch (SanbootException e) {
            assertThat(e.getMessage()).as("seed %d round %d", seed, round).endsWith(".");
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed %d round %d".formatted(seed, round), e);
        } finally {
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("seed %d round %d", seed, round)
                    .isLessThan(Duration.ofSeconds(20));
        }
    }
}
