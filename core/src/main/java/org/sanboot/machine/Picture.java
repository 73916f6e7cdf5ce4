package org.sanboot.machine;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A screenshot's pixels. Immutable. */
public final class Picture {

    /** A cell of a text screen: 9×16 on VGA, 8×19 in UEFI, twice that on a large frame buffer. */
    private static final int CURSOR_WIDTH = 18;

    private static final int CURSOR_HEIGHT = 38;

    private final int width;
    private final int height;
    private final int[] colours;

    private Picture(BufferedImage image) {
        this.width = image.getWidth();
        this.height = image.getHeight();
        this.colours = image.getRGB(0, 0, width, height, null, 0, width);
    }

    /**
     * Decodes a file.
     *
     * @param png its content
     * @return nothing when it is no picture
     */
    public static Optional<Picture> decode(byte[] png) {
        try {
            // It closes the stream; other streams would come with a cache on disk.
            BufferedImage image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)));
            return Optional.ofNullable(image).map(Picture::new);
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the width.
     *
     * @return in pixels
     */
    public int width() {
        return width;
    }

    /**
     * Returns the height.
     *
     * @return in pixels
     */
    public int height() {
        return height;
    }

    /**
     * Returns the colour of a pixel.
     *
     * @param x from 0 on the left
     * @param y from 0 at the top
     * @return red, green and blue from bit 16, 8 and 0 on, and all bits set above
     */
    public int colour(int x, int y) {
        return colours[y * width + x];
    }

    /**
     * Returns how much of the picture has one colour.
     *
     * @param colour as {@link #colour} returns it
     * @return from 0 to 1
     */
    public double share(int colour) {
        return (double) Arrays.stream(colours).filter(each -> each == colour).count() / colours.length;
    }

    /**
     * Returns how much is not as in another picture.
     *
     * @param other of the same machine
     * @return the share of the pixels, from 0 to 1; 1 for pictures of different sizes
     */
    public double differenceFrom(Picture other) {
        if (width != other.width || height != other.height) {
            return 1;
        }
        int different = 0;
        for (int at = 0; at < colours.length; at++) {
            if (colours[at] != other.colours[at]) {
                different++;
            }
        }
        return (double) different / colours.length;
    }

    /**
     * Tells whether all that differs fits into a cursor, which blinks.
     *
     * @param other of the same machine
     * @return false for pictures of different sizes
     */
    public boolean showsTheSameAs(Picture other) {
        if (width != other.width || height != other.height) {
            return false;
        }
        int left = width;
        int right = -1;
        int top = height;
        int bottom = -1;
        for (int at = 0; at < colours.length; at++) {
            if (colours[at] != other.colours[at]) {
                int x = at % width;
                int y = at / width;
                left = Math.min(left, x);
                right = Math.max(right, x);
                top = Math.min(top, y);
                bottom = y;
            }
        }
        return right - left < CURSOR_WIDTH && bottom - top < CURSOR_HEIGHT;
    }
}
