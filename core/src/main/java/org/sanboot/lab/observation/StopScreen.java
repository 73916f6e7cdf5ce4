package org.sanboot.lab.observation;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.machine.Bugcheck;
import org.sanboot.machine.Picture;

/**
 * Recognises the screen that Windows stops with, when it stays, and reads the stop code from it where that can be done.
 *
 * <p>Up to Windows 7 it is a text screen, light on dark blue, with text from the left edge on. From Windows 8 on it is a
 * lighter blue with a large sad face in the upper left. Other blue screens of Windows, such as that of an update, have
 * their text in the middle. The black one of Windows 11 24H2 looks like other text on black, and is known by the bugcheck that it
 * names.
 *
 * <p>Called by one thread at a time.
 */
final class StopScreen implements Consumer<byte[]> {

    /** Pictures come every three seconds. */
    private static final int PICTURES_BEFORE_ALARM = 5;

    private static final double LEAST_BACKGROUND = 0.7;

    /** Reading every pixel would only take longer. */
    private static final int STEP = 2;

    private static final int BLACK = 0xff000000;

    private final Consumer<String> alarm;
    private final Function<byte[], Optional<String>> reader;
    private @Nullable Picture latest;
    private int blueInARow;
    private int sameInARow;

    /**
     * Makes one that has seen nothing.
     *
     * @param alarm is told once, when the screen has stayed
     * @param reader returns what a picture says, if that can be read
     */
    StopScreen(Consumer<String> alarm, Function<byte[], Optional<String>> reader) {
        this.alarm = alarm;
        this.reader = reader;
    }

    @Override
    public void accept(byte[] png) {
        Picture picture = Picture.decode(png).orElse(null);
        boolean blue = picture != null && isStopScreen(picture);
        blueInARow = blue ? blueInARow + 1 : 0;
        sameInARow = picture != null && latest != null && picture.showsTheSameAs(latest) ? sameInARow + 1 : 1;
        latest = picture;
        if (blueInARow == PICTURES_BEFORE_ALARM) {
            raise(bugcheckIn(png));
        } else if (!blue && sameInARow == PICTURES_BEFORE_ALARM && isMostlyBlack(picture)) {
            bugcheckIn(png).ifPresent(bugcheck -> raise(Optional.of(bugcheck)));
        }
    }

    private Optional<Bugcheck> bugcheckIn(byte[] png) {
        return reader.apply(png).flatMap(Bugcheck::namedIn);
    }

    private void raise(Optional<Bugcheck> bugcheck) {
        alarm.accept("the screen shows a Windows stop screen%s, and stays so"
                .formatted(bugcheck.map(" (%s)"::formatted).orElse("")));
    }

    private static boolean isMostlyBlack(@Nullable Picture picture) {
        return picture != null && picture.share(BLACK) >= LEAST_BACKGROUND;
    }

    /** Tells whether a picture is that of a stop screen; what cannot be read is none. */
    static boolean isShownIn(byte[] png) {
        return Picture.decode(png).filter(StopScreen::isStopScreen).isPresent();
    }

    private static boolean isStopScreen(Picture image) {
        int corner = image.colour(image.width() - 1, image.height() - 1);
        Optional<Layout> layout = Layout.of(image, corner);
        if (layout.isEmpty()) {
            return false;
        }
        return isTextBlue(corner)
                ? layout.get().left() < 0.1
                : isModernBlue(corner) && layout.get().hasFace();
    }

    /** The palette's dark blue, 0000AA or 000080 as the graphics card has it. */
    private static boolean isTextBlue(int colour) {
        return red(colour) < 32 && green(colour) < 32 && blue(colour) >= 100 && blue(colour) <= 190;
    }

    /** 1073AA of Windows 8, 0078D7 and 0067B8 of 10 and 11, and what is near to them. */
    private static boolean isModernBlue(int colour) {
        return red(colour) < 48
                && green(colour) >= 80
                && green(colour) <= 140
                && blue(colour) >= 150
                && blue(colour) <= 235;
    }

    private static int red(int colour) {
        return colour >> 16 & 0xff;
    }

    private static int green(int colour) {
        return colour >> 8 & 0xff;
    }

    private static int blue(int colour) {
        return colour & 0xff;
    }

    /**
     * Where light text stands on a screen of one colour.
     *
     * @param left of the leftmost text, as a share of the width
     * @param top of the topmost text in the left quarter, as a share of the height
     * @param faceHeight of that text, without a gap, as a share of the height
     */
    private record Layout(double left, double top, double faceHeight) {

        private static final double LEAST_TEXT = 0.003;

        /** A line of text has a twentieth of the screen at most, the face about a tenth. */
        private static final double LEAST_FACE = 0.06;

        /** Returns nothing for a screen that is not of one colour with some light text on it. */
        static Optional<Layout> of(Picture image, int background) {
            int width = image.width();
            int height = image.height();
            int all = 0;
            int same = 0;
            int light = 0;
            int left = width;
            boolean[] inLeftQuarter = new boolean[height];
            for (int y = 0; y < height; y += STEP) {
                for (int x = 0; x < width; x += STEP) {
                    int colour = image.colour(x, y);
                    all++;
                    if (colour == background) {
                        same++;
                    } else if (isLight(colour)) {
                        light++;
                        left = Math.min(left, x);
                        inLeftQuarter[y] |= x < width / 4;
                    }
                }
            }
            if (same < LEAST_BACKGROUND * all || light < LEAST_TEXT * all) {
                return Optional.empty();
            }
            int[] first = firstRun(inLeftQuarter);
            return Optional.of(new Layout(
                    (double) left / width, (double) first[0] / height, (double) (first[1] - first[0]) / height));
        }

        private static boolean isLight(int colour) {
            return red(colour) > 150 && green(colour) > 150 && blue(colour) > 150;
        }

        private static int[] firstRun(boolean[] rows) {
            int begin = 0;
            while (begin < rows.length && !rows[begin]) {
                begin += STEP;
            }
            int end = begin;
            while (end < rows.length && rows[end]) {
                end += STEP;
            }
            return new int[] {begin, end};
        }

        boolean hasFace() {
            return left > 0.03 && left < 0.2 && top < 0.4 && faceHeight >= LEAST_FACE;
        }
    }
}
