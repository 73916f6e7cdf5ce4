package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.sanboot.testing.TestHome;

/** Media that other programs than those that wrote them read. */
@Tag("boot")
class AnswerMediumIT {

    private static final Map<String, byte[]> FILES =
            Map.of("autounattend.xml", "<unattend/>".getBytes(), "$OEM$/a-long-name.d/setup.cmd", "rem".getBytes());

    @TempDir
    private Path directory;

    @Test
    void a_disc_holds_the_answers_under_their_names() throws Exception {
        require("xorriso", "isoinfo");
        try (Run run = Run.open(directory.resolve("runs"))) {
            Path iso = new AnswerMedium(run, Files.createDirectory(directory.resolve("made"))).disc(FILES);

            assertThat(read("isoinfo", "-J", "-i", iso.toString(), "-x", "/autounattend.xml"))
                    .isEqualTo("<unattend/>");
            assertThat(read("isoinfo", "-R", "-i", iso.toString(), "-x", "/$OEM$/a-long-name.d/setup.cmd"))
                    .isEqualTo("rem");
        }
    }

    @Test
    void a_floppy_disk_holds_the_answers_under_their_names() throws Exception {
        require("mformat", "mtype");
        try (Run run = Run.open(directory.resolve("runs"))) {
            Path image = new AnswerMedium(run, Files.createDirectory(directory.resolve("made"))).floppy(FILES);

            assertThat(Files.size(image)).isEqualTo(1440 * 1024);
            assertThat(read("mtype", "-i", image.toString(), "::/autounattend.xml"))
                    .isEqualTo("<unattend/>");
            assertThat(read("mtype", "-i", image.toString(), "::/$OEM$/a-long-name.d/setup.cmd"))
                    .isEqualTo("rem");
        }
    }

    private static void require(String... programs) {
        for (String program : programs) {
            TestHome.require(
                    Programs.find(program).isPresent(),
                    program + " is missing; examples/guests/install-packages.sh --tests installs it.");
        }
    }

    private static String read(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
