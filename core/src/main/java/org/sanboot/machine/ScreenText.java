package org.sanboot.machine;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.sanboot.process.Programs;

/** Reads what a screenshot says, by Tesseract where that is installed; it takes a second or two. Thread-safe. */
public final class ScreenText {

    private static final String PROGRAM = "tesseract";

    /** Its models are made for letters of a printed page's size, about twice those of a text screen. */
    private static final int MAGNIFICATION = 2;

    /** Ends it also when this process is killed meanwhile. */
    private static final String LONGEST_SECONDS = "20";

    private ScreenText() {}

    /**
     * Reads a picture's file.
     *
     * @param png a screenshot
     * @return as of its content; nothing when the file cannot be read
     */
    public static Optional<String> in(Path png) {
        try {
            return in(Files.readAllBytes(png));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads a picture.
     *
     * @param png a screenshot's content
     * @return its lines without empty ones; nothing when it has none, is no picture, or Tesseract is not installed
     */
    public static Optional<String> in(byte[] png) {
        Optional<Path> timeout = Programs.find("timeout");
        Optional<Path> tesseract = Programs.find(PROGRAM);
        if (timeout.isEmpty() || tesseract.isEmpty()) {
            return Optional.empty();
        }
        ProcessBuilder reading = new ProcessBuilder(
                        timeout.get().toString(),
                        LONGEST_SECONDS,
                        tesseract.get().toString(),
                        "stdin",
                        "stdout",
                        "--psm",
                        "6") // one block of text
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        // More threads make it slower, not faster, on a page this small.
        reading.environment().put("OMP_THREAD_LIMIT", "1");
        try {
            byte[] magnified = magnified(png);
            Process process = reading.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(magnified);
            }
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^\\s+", "")
                    .strip();
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        } catch (IOException e) {
            // Nothing depends on it; the picture is there for people to read.
            return Optional.empty();
        }
    }

    private static byte[] magnified(byte[] png) throws IOException {
        BufferedImage image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)));
        if (image == null) {
            throw new IOException("no picture");
        }
        BufferedImage large = new BufferedImage(
                image.getWidth() * MAGNIFICATION, image.getHeight() * MAGNIFICATION, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D canvas = large.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        canvas.drawImage(image, 0, 0, large.getWidth(), large.getHeight(), null);
        canvas.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // Closing it flushes it; other streams would come with a cache on disk.
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            ImageIO.write(large, "png", stream);
        }
        return out.toByteArray();
    }
}
