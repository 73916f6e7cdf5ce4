package org.sanboot.lab;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * A screenshot's pixels, as far as they are needed to tell whether two screens show the same.
 *
 * <p>Reads what emulators write: PNG of 8 bits per sample without interlacing (PNG specification, 2nd edition, W3C 2003).
 * Immutable.
 */
final class Picture {

    /** A cell of a text screen: 9×16 on VGA, 8×19 in UEFI, twice that on a large frame buffer. */
    private static final int CURSOR_WIDTH = 18;

    private static final int CURSOR_HEIGHT = 38;

    private static final long SIGNATURE = 0x8950_4E47_0D0A_1A0AL;
    private static final int IHDR = 0x4948_4452;
    private static final int IDAT = 0x4944_4154;
    private static final int LARGEST_BYTES = 64 << 20;

    private final int width;
    private final int height;
    private final int pixelBytes;
    private final byte[] samples;

    private Picture(int width, int height, int pixelBytes, byte[] samples) {
        this.width = width;
        this.height = height;
        this.pixelBytes = pixelBytes;
        this.samples = samples;
    }

    /** Decodes a file's content; nothing when it is no such PNG. */
    static Optional<Picture> decode(byte[] png) {
        try {
            return Optional.ofNullable(read(ByteBuffer.wrap(png)));
        } catch (BufferUnderflowException | DataFormatException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Picture read(ByteBuffer png) throws DataFormatException {
        if (png.getLong() != SIGNATURE || png.getInt() < 13 || png.getInt() != IHDR) {
            return null;
        }
        int width = png.getInt();
        int height = png.getInt();
        int depth = png.get();
        int pixelBytes = samplesPerPixel(png.get());
        png.getShort();
        boolean interlaced = png.get() != 0;
        long bytes = ((long) width * pixelBytes + 1) * height;
        if (depth != 8 || pixelBytes == 0 || interlaced || width < 1 || height < 1 || bytes > LARGEST_BYTES) {
            return null;
        }
        png.getInt();
        byte[] scanlines = inflate(imageData(png), (int) bytes);
        return new Picture(width, height, pixelBytes, unfiltered(scanlines, width * pixelBytes, height, pixelBytes));
    }

    /** Colour types 0 greyscale, 2 RGB, 3 palette, 4 greyscale with alpha, 6 RGB with alpha (11.2.2). */
    private static int samplesPerPixel(int colourType) {
        return switch (colourType) {
            case 0, 3 -> 1;
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 0;
        };
    }

    private static byte[] imageData(ByteBuffer png) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(png.remaining());
        while (png.remaining() >= 12) {
            int length = png.getInt();
            boolean isData = png.getInt() == IDAT;
            if (length < 0 || length > png.remaining()) {
                throw new BufferUnderflowException();
            }
            byte[] content = new byte[length];
            png.get(content);
            if (isData) {
                data.writeBytes(content);
            }
            png.getInt();
        }
        return data.toByteArray();
    }

    private static byte[] inflate(byte[] data, int length) throws DataFormatException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data);
            byte[] scanlines = new byte[length];
            int filled = 0;
            while (filled < length) {
                int inflated = inflater.inflate(scanlines, filled, length - filled);
                if (inflated == 0) {
                    throw new DataFormatException("the image data end early");
                }
                filled += inflated;
            }
            return scanlines;
        } finally {
            inflater.end();
        }
    }

    /** Undoes the filter that each scanline names in its first byte (9.2). */
    private static byte[] unfiltered(byte[] scanlines, int rowBytes, int height, int pixelBytes)
            throws DataFormatException {
        byte[] samples = new byte[rowBytes * height];
        for (int y = 0; y < height; y++) {
            int filter = scanlines[y * (rowBytes + 1)];
            for (int x = 0; x < rowBytes; x++) {
                int at = y * rowBytes + x;
                int left = x < pixelBytes ? 0 : samples[at - pixelBytes] & 0xff;
                int above = y == 0 ? 0 : samples[at - rowBytes] & 0xff;
                int corner = x < pixelBytes || y == 0 ? 0 : samples[at - rowBytes - pixelBytes] & 0xff;
                samples[at] = (byte) (scanlines[y * (rowBytes + 1) + 1 + x] + predicted(filter, left, above, corner));
            }
        }
        return samples;
    }

    private static int predicted(int filter, int left, int above, int corner) throws DataFormatException {
        return switch (filter) {
            case 0 -> 0;
            case 1 -> left;
            case 2 -> above;
            case 3 -> (left + above) / 2;
            case 4 -> paeth(left, above, corner);
            default -> throw new DataFormatException("filter type " + filter);
        };
    }

    private static int paeth(int left, int above, int corner) {
        int estimate = left + above - corner;
        int toLeft = Math.abs(estimate - left);
        int toAbove = Math.abs(estimate - above);
        int toCorner = Math.abs(estimate - corner);
        if (toLeft <= toAbove && toLeft <= toCorner) {
            return left;
        }
        return toAbove <= toCorner ? above : corner;
    }

    /** Tells whether all that differs fits into a cursor, which blinks. */
    boolean showsTheSameAs(Picture other) {
        if (width != other.width || height != other.height || pixelBytes != other.pixelBytes) {
            return false;
        }
        int left = width;
        int right = -1;
        int top = height;
        int bottom = -1;
        for (int at = 0; at < samples.length; at++) {
            if (samples[at] != other.samples[at]) {
                int x = at / pixelBytes % width;
                int y = at / pixelBytes / width;
                left = Math.min(left, x);
                right = Math.max(right, x);
                top = Math.min(top, y);
                bottom = y;
            }
        }
        return right - left < CURSOR_WIDTH && bottom - top < CURSOR_HEIGHT;
    }
}
