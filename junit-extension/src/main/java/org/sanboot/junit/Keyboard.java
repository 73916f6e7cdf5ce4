package org.sanboot.junit;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * Looks for the Enter key without ever waiting for it.
 *
 * <p>It is looked for on the terminal that the tests were started from, which the JVM of a build tool shares with the one
 * in which it runs the tests. Standard input is no alternative there, because a build tool sends its own commands through
 * it; where no build tool is, such as in a development environment, it is one.
 */
final class Keyboard implements AutoCloseable {

    private static final Path TERMINAL = Path.of("/dev/tty");

    private final InputStream in;
    private final BooleanSupplier readable;

    /**
     * Takes a stream for the keyboard; what was entered before does not count.
     *
     * @param readable asked before each look
     */
    Keyboard(InputStream in, BooleanSupplier readable) {
        this.in = in;
        this.readable = readable;
        var unused = entered();
    }

    static Keyboard open() {
        if (isInForeground()) {
            try {
                return new Keyboard(new FileInputStream(TERMINAL.toFile()), Keyboard::isInForeground);
            } catch (IOException e) {
                // No terminal: the second choice.
            }
        }
        boolean ofBuildTool = System.getProperty("surefire.test.class.path") != null
                || System.getProperty("surefire.real.class.path") != null
                || System.getProperty("org.gradle.test.worker") != null;
        return new Keyboard(System.in, () -> !ofBuildTool);
    }

    /**
     * Who reads from its terminal in the background is stopped by SIGTTIN. After the end of the program's name, which may
     * have blanks in it, proc(5) has the process group in the third and the terminal's foreground group in the sixth place.
     */
    private static boolean isInForeground() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return fields[2].equals(fields[5]);
        } catch (IOException e) {
            return false;
        }
    }

    /** Tells whether Enter could be pressed. */
    boolean isThere() {
        return readable.getAsBoolean();
    }

    /** Tells whether a line was entered since it was last asked for. */
    boolean entered() {
        boolean entered = false;
        try {
            while (readable.getAsBoolean() && in.available() > 0) {
                entered |= in.read() == '\n';
            }
        } catch (IOException e) {
            // Closed: nobody presses anything there.
        }
        return entered;
    }

    @Override
    public void close() {
        try {
            if (in != System.in) {
                in.close();
            }
        } catch (IOException e) {
            // It was only read from.
        }
    }
}
