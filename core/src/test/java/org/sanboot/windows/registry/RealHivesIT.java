package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sanboot.windows.Tools;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

/** Reads every key and value of real hives as hivex does; they are wherever the environment variable says. */
@Tag("boot")
@EnabledIfEnvironmentVariable(named = "SANBOOT_WINDOWS_HIVES", matches = ".+")
class RealHivesIT {

    static Stream<Path> hives() throws IOException {
        return Files.walk(Path.of(System.getenv("SANBOOT_WINDOWS_HIVES")))
                .filter(Files::isRegularFile)
                .filter(file -> !file.toString().endsWith(".recovered"))
                .filter(RealHivesIT::isPrimary);
    }

    private static boolean isPrimary(Path file) {
        try (var stream = Files.newInputStream(file)) {
            byte[] start = stream.readNBytes(32);
            return new String(start, 0, 4, StandardCharsets.US_ASCII).equals("regf") && start[28] == 0;
        } catch (IOException | IndexOutOfBoundsException e) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("hives")
    void every_key_and_value_is_read_as_hivex_reads_it(Path file) throws IOException {
        Tools.require("hivexregedit");
        Map<String, List<String>> expected = new TreeMap<>();
        String export = new String(Tools.run("hivexregedit", "--export", file, "\\"), StandardCharsets.UTF_8);
        List<String> values = new ArrayList<>();
        for (String line : export.lines().toList()) {
            if (line.startsWith("[")) {
                String key = line.substring(1, line.length() - 1);
                values = new ArrayList<>();
                expected.put(key.substring(key.startsWith("\\") ? 1 : 0), values);
            } else if (line.contains("=")) {
                values.add(line);
            }
        }
        expected.values().forEach(list -> list.sort(null));

        Hive hive = Hive.open("SYSTEM", new Draft(new MemoryMedium(Files.readAllBytes(file))));
        Map<String, List<String>> actual = new TreeMap<>();
        dump(hive, hive.root(), actual);

        assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
        expected.forEach((key, list) -> assertThat(actual.get(key)).as(key).isEqualTo(list));
        System.out.printf(
                "%s: %d keys, %d values, %s%n",
                file.getFileName(),
                actual.size(),
                actual.values().stream().mapToInt(List::size).sum(),
                hive.state());
    }

    static Stream<Path> recoveredHives() throws IOException {
        return hives().filter(file -> Files.exists(beside(file, ".recovered")));
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /** Beside a dirty hive and its logs lies what another program has made of them. */
    @ParameterizedTest
    @MethodSource("recoveredHives")
    void a_dirty_hive_is_with_its_logs_what_another_program_makes_of_it(Path file) throws IOException {
        List<LogReplay.Log> logs = new ArrayList<>();
        for (String suffix : List.of(".LOG1", ".LOG2")) {
            if (Files.exists(beside(file, suffix))) {
                logs.add(new LogReplay.Log(suffix, new MemoryMedium(Files.readAllBytes(beside(file, suffix)))));
            }
        }

        LogReplay replay = LogReplay.of("SYSTEM", new MemoryMedium(Files.readAllBytes(file)), () -> logs);

        byte[] expected = Files.readAllBytes(beside(file, ".recovered"));
        int bins = (int) replay.size() - Hive.BASE_BLOCK;
        System.out.printf("%s: %s %s%n", file.getFileName(), replay.applied(), replay.remarks());
        assertThat(replay.outcome()).isEqualTo(LogReplay.Outcome.WHOLE);
        assertThat(replay.contents().read("bins", Hive.BASE_BLOCK, bins).bytes(0, bins))
                .isEqualTo(Arrays.copyOfRange(expected, Hive.BASE_BLOCK, Hive.BASE_BLOCK + bins));
    }

    private static void dump(Hive hive, Key key, Map<String, List<String>> dump) {
        List<String> values = new ArrayList<>();
        for (int cell : key.valueCells()) {
            Value value = new Value(hive, key, cell);
            String name = value.name().isEmpty()
                    ? "@"
                    : '"' + value.name().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            byte[] data = value.data();
            StringBuilder text = new StringBuilder(name).append('=');
            if (value.type() == Value.REG_DWORD && data.length == 4) {
                text.append("dword:%08x".formatted(value.dword().orElseThrow()));
            } else {
                text.append(
                        "hex(%s):".formatted(Integer.toHexString(value.type()).toLowerCase(Locale.ROOT)));
                for (int i = 0; i < data.length; i++) {
                    text.append(i == 0 ? "" : ",").append("%02x".formatted(data[i]));
                }
            }
            values.add(text.toString());
        }
        values.sort(null);
        dump.put(key.path(), values);
        key.subkeys().forEach(child -> dump(hive, child, dump));
    }
}
