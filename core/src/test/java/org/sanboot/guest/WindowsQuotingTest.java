package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.ConfigurationException;

class WindowsQuotingTest {

    private static final String NASTY = "ab \t\"\\^&|<>()%!'ü\n";

    /** The examples of CommandLineToArgvW's documentation, the other way round, and what they leave out. */
    @ParameterizedTest
    @CsvSource(delimiter = '^', quoteCharacter = '~', textBlock = """
            plain           ^ plain
            a b             ^ "a b"
            C:\\dir\\       ^ C:\\dir\\
            C:\\my dir\\    ^ "C:\\my dir\\\\"
            say "hi"        ^ "say \\"hi\\""
            back\\"slash    ^ "back\\\\\\"slash"
            ~~              ^ ""
            &|              ^ &|
            """)
    void a_word_is_quoted_only_where_it_must_be(String word, String quoted) {
        assertThat(WindowsQuoting.line(List.of("tool", word))).isEqualTo("tool " + quoted);
    }

    @Test
    void any_words_come_out_as_they_went_in() {
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            List<String> words = new ArrayList<>(List.of("C:\\Program Files\\tool.exe"));
            for (int count = random.nextInt(4); count > 0; count--) {
                words.add(word(random));
            }

            assertThat(takenApart(WindowsQuoting.line(words))).isEqualTo(words);
        }
    }

    @Test
    void cmd_passes_on_what_was_meant_whatever_it_holds() {
        Random random = new Random(6);
        for (int i = 0; i < 20_000; i++) {
            String line = WindowsQuoting.line(List.of("tool", word(random), word(random)));

            assertThat(passedOnByCmd(WindowsQuoting.throughCmd(line))).isEqualTo(line);
        }
        assertThat(WindowsQuoting.throughCmd("tool %PATH% \"a & b\"")).isEqualTo("tool ^%PATH^% ^\"a ^& b^\"");
    }

    @Test
    void a_batch_file_is_refused_since_no_quoting_is_safe_with_it() {
        for (String program : List.of("setup.cmd", "C:\\tools\\run.BAT", "run.bat. ")) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> WindowsQuoting.line(List.of(program, "x")))
                    .withMessageContaining("run it with cmd()");
        }
        assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> WindowsQuoting.line(List.of(" ")));
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> WindowsQuoting.line(List.of("a", "b\0")));
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int length = random.nextInt(8); length > 0; length--) {
            word.append(NASTY.charAt(random.nextInt(NASTY.length())));
        }
        return word.toString();
    }

    /** CommandLineToArgvW, from its documentation; the first word has rules of its own. */
    private static List<String> takenApart(String line) {
        List<String> words = new ArrayList<>();
        int at = 0;
        if (line.startsWith("\"")) {
            at = line.indexOf('"', 1);
            words.add(line.substring(1, at));
            at++;
        }
        StringBuilder word = null;
        boolean quoted = false;
        for (; at < line.length(); at++) {
            char letter = line.charAt(at);
            if (!quoted && " \t\n".indexOf(letter) >= 0) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            int backslashes = 0;
            while (at < line.length() && line.charAt(at) == '\\') {
                backslashes++;
                at++;
            }
            boolean mark = at < line.length() && line.charAt(at) == '"';
            word.append("\\".repeat(mark ? backslashes / 2 : backslashes));
            if (mark && backslashes % 2 == 1) {
                word.append('"');
            } else if (mark) {
                quoted = !quoted;
            } else if (backslashes > 0) {
                at--;
            } else {
                word.append(letter);
            }
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }

    /** Nothing may be left that means something to cmd; then it takes away the carets. */
    private static String passedOnByCmd(String line) {
        StringBuilder passedOn = new StringBuilder();
        for (int at = 0; at < line.length(); at++) {
            char letter = line.charAt(at);
            if (letter == '^') {
                passedOn.append(line.charAt(++at));
            } else {
                assertThat("&|<>()%!\"").doesNotContain(String.valueOf(letter));
                passedOn.append(letter);
            }
        }
        return passedOn.toString();
    }
}
