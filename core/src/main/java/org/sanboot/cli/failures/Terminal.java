package org.sanboot.cli.failures;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The terminal that the program runs in, if it does. */
public final class Terminal {

    private static final int USUAL = 80;

    private Terminal() {}

    static int width() {
        if (!is(1)) {
            return 0;
        }
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : asked();
    }

    /**
     * Tells whether a stream of this program is a terminal. Asks the shell's own test: Java's console is there from JDK 22
     * on even when the output is a pipe.
     *
     * @param descriptor 0 for the input, 1 for the output, 2 for the errors
     * @return true when a person is at the other end
     */
    public static boolean is(int descriptor) {
        try {
            return new ProcessBuilder("test", "-t", String.valueOf(descriptor))
                            .inheritIO()
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static int asked() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return size.matches("[0-9]+ [1-9][0-9]{0,3}") ? Integer.parseInt(size.split(" ")[1]) : USUAL;
        } catch (IOException e) {
            return USUAL;
        }
    }
}
