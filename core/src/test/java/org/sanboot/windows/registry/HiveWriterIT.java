package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.windows.Tools;
import org.sanboot.windows.structure.MemoryMedium;

/** Keys and values that were added are what hivex reads, and hivex can go on from there. */
@Tag("boot")
class HiveWriterIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            value = HiveBuilder.Index.class,
            names = {"LH", "RI"})
    void what_was_added_is_what_hivex_reads(HiveBuilder.Index index) throws Exception {
        Tools.require("hivexregedit", "hivexsh");
        byte[] hive = Arrays.copyOf(
                new HiveBuilder()
                        .index(index)
                        .add("[Key1]\n[Key5]\n\"Old\"=dword:00000001")
                        .build(),
                4 << 20);
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive));
        HiveEditor editor = new HiveEditor(system);
        Map<String, TreeMap<String, String>> expected = new TreeMap<>();
        expected.put("\\", new TreeMap<>());
        expected.put("\\Key1", new TreeMap<>());
        expected.put("\\Key5", new TreeMap<>(Map.of("Old", "dword:00000001")));
        Random random = new Random(index.ordinal());
        for (int i = 0; i < 530; i++) { // More than a leaf holds.
            editor.createKey(system.root(), "Key" + (i * 7919) % 600);
            expected.putIfAbsent("\\Key" + (i * 7919) % 600, new TreeMap<>());
        }
        for (int i = 0; i < 150; i++) {
            String key = "Key" + random.nextInt(600);
            String value = "Value" + random.nextInt(3);
            byte[] data = new byte[i % 25 == 0 ? 16_340 + random.nextInt(40_000) : 5 + random.nextInt(90)];
            random.nextBytes(data);
            editor.setValue(editor.createKey(system.root(), key), value, 3, data);
            String bytes = HexFormat.ofDelimiter(",").formatHex(data);
            expected.computeIfAbsent("\\" + key, name -> new TreeMap<>()).put(value, "hex(3):" + bytes);
        }
        Path file = Files.write(directory.resolve("SYSTEM"), hive);

        Map<String, TreeMap<String, String>> exported = export(file);
        assertThat(exported.keySet()).isEqualTo(expected.keySet());
        expected.forEach((key, values) -> assertThat(exported.get(key)).as(key).isEqualTo(values));

        Path more = Files.writeString(
                directory.resolve("more.reg"),
                "Windows Registry Editor Version 5.00\r\n\r\n[\\Key2000]\r\n\"A\"=dword:00000007\r\n");
        Tools.run("hivexregedit", "--merge", file, "--prefix", "\\", more);
        Hive again = Hive.open("SYSTEM", new MemoryMedium(Files.readAllBytes(file)));
        assertThat(again.root().find("Key2000").orElseThrow().dword("A")).hasValue(7);
        assertThat(again.root().subkeys()).hasSize(expected.size());
    }

    private static Map<String, TreeMap<String, String>> export(Path file) {
        String text = new String(Tools.run("hivexregedit", "--export", file, "\\"), StandardCharsets.UTF_8);
        Map<String, TreeMap<String, String>> keys = new TreeMap<>();
        TreeMap<String, String> values = new TreeMap<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("[")) {
                values = new TreeMap<>();
                keys.put(line.substring(1, line.length() - 1), values);
            } else if (line.startsWith("\"")) {
                String[] parts = line.split("=", 2);
                values.put(parts[0].replace("\"", ""), parts[1]);
            }
        }
        return keys;
    }
}
