package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainTextTest {

    @TempDir
    Path directory;

    @Test
    void control_sequences_of_a_terminal_are_taken_out() {
        assertThat(
                        PlainText.lines(
                                "\u001b[2J\u001b[01;01H\u001b[0;32m[ OK ]\u001b[0m Started\u001b]0;title\u0007.\u001b(B\u001b7 x\u001bPq#0\u001b\\y"))
                .containsExactly("[ OK ] Started. xy");
    }

    @Test
    void a_sequence_without_an_end_hides_nothing_that_follows() {
        for (String begun : java.util.List.of(
                "\u001b]R", "\u001b]P0123456", "\u001b_", "\u001b^", "\u001bX", "\u001b]0;", "\u001bP")) {
            assertThat(PlainText.lines("ok\n" + begun
                            + "login:\nKernel panic - not syncing: driver\n\u001b[0mCall Trace:\u0007\nend"))
                    .as(begun.substring(1))
                    .contains("ok", "Kernel panic - not syncing: driver", "Call Trace:", "end")
                    .hasSize(5);
        }
    }

    @Test
    void a_sequence_without_an_end_hides_nothing_of_its_own_line_either() {
        assertThat(PlainText.lines("\u001b]RKernel panic - not syncing\u001b[m\n\u001b]PdeadbefOops"))
                .containsExactly("Kernel panic - not syncing", "Oops");
    }

    @Test
    void a_carriage_return_begins_a_line() {
        assertThat(PlainText.lines("10%\r20%\r\r\ndone\r\n\r\n")).containsExactly("10%", "20%", "done");
    }

    @Test
    void controls_go_and_an_unfinished_sequence_harms_nothing() {
        assertThat(PlainText.lines("a\u0000b\bc\td\u001b[")).containsExactly("abc\td");
    }

    @Test
    void of_a_long_text_the_end_is_shown_and_what_is_left_out_is_counted() throws IOException {
        Path file = Files.writeString(directory.resolve("console.log"), "head\n" + "x".repeat(5000) + "\ntail");

        assertThat(PlainText.read(file, 800))
                .hasSize(5)
                .startsWith("head")
                .endsWith("tail")
                .contains("... 4210 bytes are left out here; the whole text is in console.log ...");
    }

    @Test
    void bytes_and_durations_read_well() {
        assertThat(Units.bytes(0)).isEqualTo("0 B");
        assertThat(Units.bytes(1023)).isEqualTo("1023 B");
        assertThat(Units.bytes(1024)).isEqualTo("1.0 KiB");
        assertThat(Units.bytes((1 << 20) - 1)).isEqualTo("1.0 MiB");
        assertThat(Units.bytes(20L << 30)).isEqualTo("20 GiB");
        assertThat(Units.bytes(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
        assertThat(Units.seconds(Duration.ofMillis(140))).isEqualTo("140 ms");
        assertThat(Units.seconds(Duration.ofMillis(2149))).isEqualTo("2.1 s");
        assertThat(Units.seconds(Duration.ofSeconds(185))).isEqualTo("3 min 05 s");
    }
}
