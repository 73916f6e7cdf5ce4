package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sanboot.ConfigurationException;
import org.sanboot.cli.windows.CheckPrinter;

/** Checks and prepares disks around real hives, which are wherever the environment variable says. */
@Tag("boot")
@EnabledIfEnvironmentVariable(named = "SANBOOT_WINDOWS_HIVES", matches = ".+")
class RealInstallationsIT {

    @TempDir
    private Path directory;

    static Stream<Path> hives() throws IOException {
        return Files.walk(Path.of(System.getenv("SANBOOT_WINDOWS_HIVES")))
                .filter(Files::isRegularFile)
                .filter(file -> !file.toString().matches(".*(LOG\\d?|reg|gz|md|MIT)"));
    }

    @ParameterizedTest
    @MethodSource("hives")
    void values_read_and_written_are_those_that_hivex_sees(Path hive) throws IOException {
        byte[] original = Files.readAllBytes(hive);
        Path disk = WindowsImage.in(directory)
                .mebibytes(64)
                .windows10()
                .windows7()
                .file("Windows/System32/drivers/mfenlfk.sys", new byte[10])
                .file(WindowsImage.SYSTEM, original)
                .file(
                        WindowsImage.SOFTWARE,
                        WindowsImage.hive(hive.toString().contains("win7") ? "software7.reg" : "software10.reg"))
                .disk(WindowsImage.Table.GPT);
        byte[] before = Files.readAllBytes(disk);
        Set<PreparationSwitch> all = EnumSet.allOf(PreparationSwitch.class);
        try (FileDisk device = new FileDisk(disk)) {
            System.out.printf(
                    "== %s%n%s%n",
                    hive.getFileName(),
                    CheckPrinter.text(WindowsCheck.of(WindowsDisk.open(device), TargetMachine.qemu())));
            if (hive.toString().contains("dirty")) {
                assertThatThrownBy(() -> WindowsPreparation.plan(WindowsDisk.open(device), all))
                        .isInstanceOf(ConfigurationException.class);
                assertThat(Files.readAllBytes(disk)).isEqualTo(before);
                return;
            }
            WindowsPreparation preparation = WindowsPreparation.plan(WindowsDisk.open(device), all);
            long start = System.nanoTime();
            preparation.apply();
            System.out.printf("applied in %d ms%n", (System.nanoTime() - start) / 1_000_000);
            for (PlannedChange change : preparation.changes()) {
                System.out.println("   " + change.describe());
                assertThat(hivex(hive, change)).as(change.describe()).isEqualTo(change.before());
            }
            byte[] image = Files.readAllBytes(disk);
            Path prepared = Files.write(
                    directory.resolve("prepared"),
                    Tools.run(
                            "ntfscat",
                            "-f",
                            Files.write(directory.resolve("volume"), Arrays.copyOfRange(image, 2 << 20, image.length)),
                            WindowsImage.SYSTEM));
            for (PlannedChange change : preparation.changes()) {
                assertThat(hivex(prepared, change)).as(change.describe()).isEqualTo(change.after());
            }
            long changed = 0;
            for (int at = 0; at < image.length; at++) {
                changed += image[at] != before[at] ? 1 : 0;
            }
            System.out.printf("%d bytes of the disk differ%n", changed);
            assertThat(export(prepared)
                            .lines()
                            .filter(line -> line.startsWith("["))
                            .toList())
                    .isEqualTo(export(hive)
                            .lines()
                            .filter(line -> line.startsWith("["))
                            .toList());
        }
    }

    private static String export(Path hive) {
        return new String(Tools.run("hivexregedit", "--export", hive, "\\"), StandardCharsets.UTF_8);
    }

    private static String hivex(Path hive, PlannedChange change) {
        int last = change.value().lastIndexOf('\\');
        String script = "cd %s\nlsval\n".formatted(change.value().substring(0, last));
        String name = "\"" + change.value().substring(last + 1) + "\"=";
        return new String(Tools.runWithInput(script, "hivexsh", hive), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> value(line.substring(name.length())))
                .findFirst()
                .orElse("absent");
    }

    private static String value(String text) {
        if (text.startsWith("dword:")) {
            return String.valueOf(Long.parseLong(text.substring(6), 16));
        }
        byte[] bytes = new byte[(text.length() - 6) / 3];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(text.substring(7 + 3 * i, 9 + 3 * i), 16);
        }
        String list = new String(bytes, StandardCharsets.UTF_16LE)
                .replaceAll("\0+$", "")
                .replace("\0", ", ");
        return list.isEmpty() ? "empty" : list;
    }
}
