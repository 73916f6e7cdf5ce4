package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With pictures that are drawn as Windows draws its screens; none of a Windows was at hand. */
class StopScreenTest {

    @ParameterizedTest
    @CsvSource({"0x000082, 640, 480", "0x0000AA, 720, 400", "0x000080, 800, 600"})
    void the_text_screen_of_windows_7_is_one(String colour, int width, int height) throws IOException {
        assertThat(StopScreen.isShownIn(picture(colour, width, height, canvas -> {
                    for (int line = 0; line < 18; line++) {
                        bar(canvas, 4, 20 + line * 20, width * (line % 3 + 2) / 5, 8);
                    }
                })))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0x1073AA, 1024, 768", "0x0078D7, 1280, 800", "0x0067B8, 1920, 1080", "0x0078D7, 800, 600"})
    void the_screen_with_the_sad_face_is_one(String colour, int width, int height) throws IOException {
        assertThat(StopScreen.isShownIn(picture(colour, width, height, canvas -> sadFace(canvas, width, height))))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0x0078D7, 1024, 768", "0x1073AA, 1280, 800"})
    void an_update_s_or_the_set_up_s_screen_with_its_text_in_the_middle_is_none(String colour, int width, int height)
            throws IOException {
        assertThat(StopScreen.isShownIn(picture(colour, width, height, canvas -> {
                    bar(canvas, width * 2 / 5, height / 3, width / 5, height / 8);
                    bar(canvas, width / 3, height / 2, width / 3, height / 40);
                    bar(canvas, width / 3, height * 11 / 20, width / 3, height / 40);
                })))
                .isFalse();
    }

    @Test
    void a_desktop_with_icons_a_black_console_an_empty_screen_and_rubbish_are_none() throws IOException {
        assertThat(StopScreen.isShownIn(picture("0x0078D7", 1024, 768, canvas -> {
                    for (int icon = 0; icon < 6; icon++) {
                        bar(canvas, 20, 20 + icon * 90, 40, 40);
                    }
                    canvas.setColor(new Color(0x101010));
                    canvas.fillRect(0, 728, 1024, 40);
                })))
                .isFalse();
        assertThat(StopScreen.isShownIn(picture("0x000000", 720, 400, canvas -> bar(canvas, 0, 0, 300, 14))))
                .isFalse();
        assertThat(StopScreen.isShownIn(picture("0x0000AA", 720, 400, canvas -> {})))
                .isFalse();
        assertThat(StopScreen.isShownIn(new byte[] {1, 2, 3})).isFalse();
    }

    @Test
    void the_alarm_is_raised_once_and_only_when_the_screen_stays() throws IOException {
        List<String> alarms = new ArrayList<>();
        StopScreen watch = new StopScreen(alarms::add, png -> Optional.empty());
        byte[] stop = picture("0x0078D7", 1024, 768, canvas -> sadFace(canvas, 1024, 768));
        byte[] other = picture("0x000000", 1024, 768, canvas -> {});

        for (byte[] seen : List.of(stop, stop, stop, stop, other, stop, stop, stop, stop)) {
            watch.accept(seen);
        }
        assertThat(alarms).isEmpty();
        watch.accept(stop);
        watch.accept(stop);

        assertThat(alarms).containsExactly("the screen shows a Windows stop screen, and stays so");
    }

    @Test
    void the_stop_code_is_told_where_it_can_be_read() throws IOException {
        List<String> alarms = new ArrayList<>();
        StopScreen watch = new StopScreen(alarms::add, png -> Optional.of("Stop code: INACCESSIBLE BOOT DEVICE"));

        show(watch, 5, picture("0x0078D7", 1024, 768, canvas -> sadFace(canvas, 1024, 768)));

        assertThat(alarms)
                .containsExactly(
                        "the screen shows a Windows stop screen (0x7B INACCESSIBLE_BOOT_DEVICE), and stays so");
    }

    @Test
    void text_on_black_is_a_stop_screen_when_it_names_a_bugcheck_and_is_read_once() throws IOException {
        List<String> alarms = new ArrayList<>();
        List<String> texts = new ArrayList<>(List.of("Booting from ROM...", "Stop code: CRITICAL_PROCESS_DIED (0xEF)"));
        StopScreen watch = new StopScreen(alarms::add, png -> Optional.of(texts.remove(0)));

        show(watch, 9, picture("0x000000", 720, 400, canvas -> bar(canvas, 0, 0, 300, 14)));
        assertThat(alarms).isEmpty();
        show(watch, 4, picture("0x000000", 1024, 768, canvas -> bar(canvas, 300, 300, 400, 40)));
        assertThat(alarms).isEmpty();
        show(watch, 9, picture("0x000000", 1024, 768, canvas -> bar(canvas, 300, 300, 400, 40)));

        assertThat(alarms)
                .containsExactly("the screen shows a Windows stop screen (0xEF CRITICAL_PROCESS_DIED), and stays so");
        assertThat(texts).isEmpty();
    }

    private static void show(StopScreen watch, int times, byte[] png) {
        for (int i = 0; i < times; i++) {
            watch.accept(png.clone());
        }
    }

    private static void sadFace(Graphics2D canvas, int width, int height) {
        canvas.setColor(Color.WHITE);
        int left = width / 10;
        int dot = height / 50;
        int top = height / 6;
        canvas.fillRect(left, top + dot * 2, dot, dot);
        canvas.fillRect(left, top + dot * 5, dot, dot);
        canvas.setStroke(new java.awt.BasicStroke(dot / 2f));
        canvas.drawArc(left + dot * 3, top, dot * 4, dot * 8, 90, 180);
        for (int line = 0; line < 4; line++) {
            bar(canvas, left, height * (6 + line) / 14, width * (8 - line) / 14, height / 36);
        }
        bar(canvas, left, height * 11 / 14, height / 10, height / 10);
    }

    private static void bar(Graphics2D canvas, int x, int y, int width, int height) {
        canvas.setColor(Color.WHITE);
        // As letters do, it leaves most of the ground free.
        for (int at = x; at < x + width; at += 6) {
            canvas.fillRect(at, y, 2, height);
        }
    }

    private static byte[] picture(String colour, int width, int height, Consumer<Graphics2D> drawing)
            throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.setColor(new Color(Integer.decode(colour)));
        canvas.fillRect(0, 0, width, height);
        drawing.accept(canvas);
        canvas.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }
}
