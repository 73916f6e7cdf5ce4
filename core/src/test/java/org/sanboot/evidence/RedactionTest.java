package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    private final Redaction redaction = Redaction.of(List.of("hunter2!", "hunter2!longer", "p w/d"));

    @Test
    void a_secret_is_taken_out_of_a_text_as_it_is_and_percent_encoded() {
        assertThat(redaction.apply("a hunter2! b hunter2%21 c p%20w%2Fd"))
                .isEqualTo("a [redacted] b [redacted] c [redacted]");
    }

    @Test
    void a_secret_that_was_sent_to_powershell_is_found_wherever_it_began_in_the_command() {
        for (String before : List.of("", "a", "ab", "$p = '", "# x")) {
            String sent = base64(before + "S3cret-Licence" + "' | Out-Null", StandardCharsets.UTF_16LE);

            String redacted = Redaction.of(List.of("S3cret-Licence")).apply("powershell -EncodedCommand " + sent);

            assertThat(redacted).contains("[redacted]").startsWith("powershell -EncodedCommand ");
            assertThat(redacted.length()).isLessThan(sent.length() + 27 - 20);
        }
    }

    @Test
    void a_secret_in_base64_of_any_bytes_around_it_is_found() {
        for (String before : List.of("", "u", "us", "user:")) {
            for (String after : List.of("", "x", "xy", "xyz")) {
                String sent = base64(before + "hunter2!" + after, StandardCharsets.UTF_8);
                assertThat(redaction.apply("Authorization: Basic " + sent)).contains("[redacted]");
            }
        }
    }

    @Test
    void a_secret_is_found_as_json_html_and_urls_write_it() {
        Redaction odd = Redaction.of(List.of("pa\"ss<w/rd&'1", "zwei\nZeilen", "gr\u00fc\u00dfe"));

        assertThat(odd.apply("pa\\\"ss<w/rd&'1")).as("JSON").isEqualTo("[redacted]");
        assertThat(odd.apply("pa\\\"ss\\u003cw/rd\\u0026\\u00271"))
                .as("JSON for HTML")
                .isEqualTo("[redacted]");
        assertThat(odd.apply("pa\\\"ss<w\\/rd&'1")).as("JSON of PHP").isEqualTo("[redacted]");
        assertThat(odd.apply("pa&quot;ss&lt;w/rd&amp;&#39;1"))
                .as("HTML as Java writes it")
                .isEqualTo("[redacted]");
        assertThat(odd.apply("pa&#34;ss&#60;w/rd&#38;&#39;1"))
                .as("HTML in numbers")
                .isEqualTo("[redacted]");
        assertThat(odd.apply("pa%22ss%3cw%2frd%26%271")).as("URL in lower case").isEqualTo("[redacted]");
        assertThat(odd.apply("zwei\\nZeilen")).isEqualTo("[redacted]");
        assertThat(odd.apply("gr\\u00fc\\u00dfe gr%C3%BC%C3%9Fe")).isEqualTo("[redacted] [redacted]");
    }

    @Test
    void what_a_redaction_learns_more_is_found_in_all_forms_too() {
        Redaction more = redaction.and(List.of("S3cret-Licence"));

        assertThat(more.apply("hunter2%21 " + base64("S3cret-Licence", StandardCharsets.UTF_8)))
                .startsWith("[redacted] [redacted]")
                .hasSizeLessThan("[redacted] [redacted]".length() + 4);
    }

    private static String base64(String text, Charset charset) {
        return Base64.getEncoder().encodeToString(text.getBytes(charset));
    }

    @Test
    void a_secret_that_contains_another_goes_as_a_whole() {
        assertThat(redaction.apply("hunter2!longer")).isEqualTo("[redacted]");
    }

    @Test
    void a_secret_of_a_few_characters_does_not_tear_up_the_text() {
        assertThat(Redaction.of(List.of("a")).apply("banana")).isEqualTo("banana");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 64})
    void a_secret_is_found_across_pieces_of_a_stream(int piece) throws IOException {
        String text = "x".repeat(100) + "hunter2!" + "y".repeat(100) + "hunter2!longer";

        assertThat(copied(text, StandardCharsets.UTF_8, piece))
                .isEqualTo("x".repeat(100) + "[redacted]" + "y".repeat(100) + "[redacted]");
    }

    @Test
    void a_secret_is_found_in_the_encoding_of_windows_logs() throws IOException {
        assertThat(copied("pass hunter2! end", StandardCharsets.UTF_16LE, 5)).doesNotContain("h\0u\0n");
    }

    @Test
    void bytes_that_are_no_text_pass_unchanged() throws IOException {
        String bytes = new String(new byte[] {0, (byte) 0xff, 27, 10}, StandardCharsets.ISO_8859_1);

        assertThat(copied(bytes, StandardCharsets.ISO_8859_1, 3)).isEqualTo(bytes);
    }

    @Test
    void its_text_form_shows_no_secret() {
        assertThat(redaction.toString()).doesNotContain("hunter2");
    }

    private String copied(String text, Charset charset, int piece) throws IOException {
        var output = new ByteArrayOutputStream();
        InputStream source = new ByteArrayInputStream(text.getBytes(charset)) {
            @Override
            public int read(byte[] buffer) {
                return super.read(buffer, 0, Math.min(piece, buffer.length));
            }
        };
        redaction.copy(source, output);
        return output.toString(charset == StandardCharsets.UTF_16LE ? StandardCharsets.ISO_8859_1 : charset);
    }
}
