package org.sanboot.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {

    @Test
    void a_blinking_cursor_is_no_change() throws IOException {
        assertThat(screen(BufferedImage.TYPE_INT_RGB, "login: ", 100)
                        .showsTheSameAs(screen(BufferedImage.TYPE_INT_RGB, "login: ", -1)))
                .isTrue();
    }

    @Test
    void a_word_that_was_printed_is_a_change() throws IOException {
        assertThat(screen(BufferedImage.TYPE_INT_RGB, "login: root", 100)
                        .showsTheSameAs(screen(BufferedImage.TYPE_INT_RGB, "login: ", 100)))
                .isFalse();
    }

    @Test
    void a_cursor_that_moved_to_another_line_is_a_change() throws IOException {
        assertThat(screen(BufferedImage.TYPE_INT_RGB, "", 100)
                        .showsTheSameAs(screen(BufferedImage.TYPE_INT_RGB, "", 300)))
                .isFalse();
    }

    @Test
    void another_resolution_is_a_change() throws IOException {
        Picture small = decoded(new BufferedImage(720, 400, BufferedImage.TYPE_INT_RGB));

        assertThat(small.showsTheSameAs(decoded(new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB))))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_BYTE_INDEXED
            })
    void every_kind_of_pixel_is_read(int type) throws IOException {
        Picture screen = screen(type, "[  OK  ] Started ssh.service", 40);

        assertThat(screen.showsTheSameAs(screen(type, "[  OK  ] Started ssh.service", -1)))
                .isTrue();
        assertThat(screen.showsTheSameAs(screen(type, "[  OK  ] Started xyz.service", 40)))
                .isFalse();
    }

    @Test
    void what_is_no_picture_or_only_half_of_one_is_nothing() throws IOException {
        byte[] png = png(new BufferedImage(720, 400, BufferedImage.TYPE_INT_RGB));

        assertThat(Picture.decode(Arrays.copyOf(png, png.length / 2))).isEmpty();
        assertThat(Picture.decode(new byte[0])).isEmpty();
        assertThat(Picture.decode("P6 720 400 255".repeat(100).getBytes(StandardCharsets.US_ASCII)))
                .isEmpty();
    }

    /** A line of text, and a cursor at the beginning of a line further down, unless that is negative. */
    private static Picture screen(int type, String text, int cursor) throws IOException {
        BufferedImage image = new BufferedImage(720, 400, type);
        var graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.setFont(new Font(Font.MONOSPACED, Font.PLAIN, 14));
        graphics.drawString(text, 9, 40);
        if (cursor >= 0) {
            graphics.fillRect(63, cursor, 9, 2);
        }
        graphics.dispose();
        return decoded(image);
    }

    private static Picture decoded(BufferedImage image) throws IOException {
        return Picture.decode(png(image)).orElseThrow();
    }

    private static byte[] png(BufferedImage image) throws IOException {
        var png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }
}
