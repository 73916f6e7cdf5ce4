package org.sanboot.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** Reads, with Tesseract itself, pictures with the words and proportions of Windows' screens; none of a Windows was at hand. */
@Tag("boot")
class ScreenTextIT {

    @BeforeAll
    static void requireTesseract() {
        TestHome.require(Programs.find("tesseract").isPresent(), "tesseract is missing; apt-get install tesseract-ocr");
    }

    @Test
    void the_black_stop_screen_is_read() throws IOException {
        byte[] screen = picture(Color.BLACK, canvas -> {
            write(canvas, 26, 150, 330, "Your device ran into a problem and needs to restart.");
            write(canvas, 26, 420, 380, "100% complete");
            write(canvas, 13, 380, 700, "Stop code: INACCESSIBLE_BOOT_DEVICE (0x7B)");
            write(canvas, 13, 430, 720, "What failed: iscsiprt.sys");
        });

        assertThat(ScreenText.in(screen).orElseThrow())
                .startsWith("Your device ran into a problem")
                .doesNotContain("\n\n");
        assertThat(ScreenText.in(screen).flatMap(Bugcheck::namedIn)).hasValue(new Bugcheck(0x7B));
    }

    @Test
    void the_blue_stop_screen_is_read() throws IOException {
        byte[] screen = picture(new Color(0x0078D7), canvas -> {
            write(canvas, 90, 100, 190, ":(");
            write(canvas, 22, 100, 270, "Your PC ran into a problem and needs to restart.");
            write(canvas, 12, 210, 480, "Stop code: CRITICAL PROCESS DIED");
        });

        assertThat(ScreenText.in(screen).flatMap(Bugcheck::namedIn)).hasValue(new Bugcheck(0xEF));
    }

    @Test
    void an_empty_screen_and_what_is_no_picture_say_nothing() throws IOException {
        assertThat(ScreenText.in(picture(Color.BLACK, canvas -> {}))).isEmpty();
        assertThat(ScreenText.in(new byte[] {1, 2, 3})).isEmpty();
    }

    private static void write(Graphics2D canvas, int size, int x, int y, String text) {
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
        canvas.drawString(text, x, y);
    }

    private static byte[] picture(Color background, Consumer<Graphics2D> drawing) throws IOException {
        BufferedImage image = new BufferedImage(1024, 768, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(background);
        canvas.fillRect(0, 0, image.getWidth(), image.getHeight());
        canvas.setColor(Color.WHITE);
        drawing.accept(canvas);
        canvas.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }
}
