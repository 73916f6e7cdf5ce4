package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The generated files of six installations, to be read by people under {@code src/test/resources}. What is generated is
 * left in {@code target/golden} too: copy it over when a change is meant.
 */
class GoldenFilesTest {

    private static final Path GENERATED = Path.of("target/golden");

    @TempDir
    private static Path directory;

    @TestFactory
    Stream<DynamicTest> every_file_is_as_expected() {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("winpeshl.ini", SetupScripts.winPeShell());
        files.put("first-logon.cmd", SetupScripts.firstLogon());
        files.put("sysprep.xml", AnswerFile.forSysprep());
        Samples.options(directory).forEach((name, options) -> {
            SetupScripts scripts = new SetupScripts(options);
            files.put(name + "/unattend.xml", AnswerFile.of(options));
            files.put(name + "/startnet.cmd", scripts.startNet());
            files.put(name + "/specialize.cmd", scripts.specialize());
            files.put(name + "/settings.reg", scripts.settings());
            files.put(name + "/boot.wim.txt", SetupDisc.bootWimChanges(options, directory.resolve("build")));
        });
        return files.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(file.getKey(), () -> compare(file.getKey(), file.getValue())));
    }

    private static void compare(String name, String generated) {
        String comparable = generated.replace("\r\n", "\n").replace(directory.toString(), "DIRECTORY");
        Samples.write(GENERATED.resolve(name), comparable);
        assertThat(comparable).isEqualTo(golden(name).orElse("(there is no golden file " + name + ")"));
    }

    static Optional<String> golden(String name) {
        try (InputStream stream = GoldenFilesTest.class.getResourceAsStream(name)) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_windows_programs_read_has_their_line_ends_and_only_ascii() {
        List<String> texts = new ArrayList<>(List.of(SetupScripts.winPeShell(), SetupScripts.firstLogon()));
        Samples.options(directory).values().forEach(options -> {
            SetupScripts scripts = new SetupScripts(options);
            texts.addAll(List.of(scripts.startNet(), scripts.specialize(), scripts.settings()));
        });
        assertThat(texts)
                .allSatisfy(text -> assertThat(text)
                        .matches("([ -~]*\r\n)+")
                        .as("cmd's limit")
                        .doesNotContainPattern(".{8191}"));
    }
}
