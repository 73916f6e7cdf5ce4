package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
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
