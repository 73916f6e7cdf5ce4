package org.sanboot.yaml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class YamlFileTest {

    @TempDir
    private Path directory;

    @Test
    void what_is_nested_more_deeply_than_the_stack_is_one_sentence() {
        assertThatThrownBy(() -> YamlFile.parse("lab.yaml", "a:\n  " + "[".repeat(1500) + "]".repeat(1500)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("lab.yaml is nested too deeply: line 2 is in more than 100 lists and mappings.");
        assertThatThrownBy(() -> YamlFile.parse("lab.yaml", "[".repeat(100_000)))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void a_text_with_a_nul_is_a_mistake_wherever_it_stands() {
        YamlFile file = YamlFile.parse("lab.yaml", "a: x\nb: [c, {d: \"e\\0f\"}]\n");

        assertThatThrownBy(file::rejectMistakes)
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("lab.yaml has a mistake:\n  line 2: a text holds the character NUL;"
                        + " put it into a file beside this one");
    }

    @Test
    void a_merge_key_is_named() {
        YamlFile file = YamlFile.parse("lab.yaml", "a: &r {b: 1}\nc:\n  <<: *r\n  b: 2\n");

        Section section = file.top("the lab").section("c").orElseThrow();

        assertThat(section.text("b")).hasValue("2");
        assertThatThrownBy(file::rejectMistakes)
                .hasMessage(
                        "lab.yaml has a mistake:\n  line 3: 'c' of the lab has the key '<<', which merges nothing in"
                                + " YAML 1.2; write out what it stands for");
    }

    @Test
    void an_exact_text_keeps_its_blanks_and_may_be_empty_but_not_missing() {
        YamlFile file =
                YamlFile.parse("lab.yaml", "a: ' b '\nc: ''\nd:\ne: [' f ', '']\ng: []\nh: [i, ]\nj: [~, {}]\n");
        Section top = file.top("the lab");

        assertThat(top.exact("a")).hasValue(" b ");
        assertThat(top.exact("c")).hasValue("");
        assertThat(top.exact("nothing")).isEmpty();
        assertThat(top.exactTexts("e").orElseThrow())
                .extracting(Section.Text::value)
                .containsExactly(" f ", "");
        assertThat(top.exactTexts("g").orElseThrow()).isEmpty();
        assertThat(top.exactTexts("nothing")).isEmpty();
        file.rejectMistakes();
        assertThat(top.exact("d")).isEmpty();
        assertThat(top.exactTexts("j")).isEmpty();
        assertThatThrownBy(file::rejectMistakes)
                .hasMessageContaining("line 3: 'd' of the lab must be one value")
                .hasMessageContaining("line 7: 'j' of the lab must be one value or a list of values");
    }

    @Test
    void a_file_that_holds_no_text_is_a_sentence() throws IOException {
        Path file = Files.write(directory.resolve("lab.yaml"), "a: Grüße".getBytes(ISO_8859_1));

        assertThatThrownBy(() -> YamlFile.text("The inventory", file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The inventory %s is not UTF-8, in which YAML is written; save it in that encoding.", file);
        assertThatThrownBy(() -> YamlFile.text("The inventory", directory))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The inventory %s is a directory; name a file in it.", directory);
        assertThatThrownBy(() -> YamlFile.text("The inventory", directory.resolve("none")))
                .hasMessage("The inventory %s does not exist.", directory.resolve("none"));
    }
}
