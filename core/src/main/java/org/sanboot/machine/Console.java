package org.sanboot.machine;

import java.nio.file.Path;
import java.util.function.Consumer;

/** What a machine prints on its serial line, over all its power cycles. */
public interface Console {

    /**
     * Returns the file that receives the output as it comes, byte for byte.
     *
     * @return a file that exists from the first power-on on
     */
    Path log();

    /**
     * Returns the end of what was printed, with control sequences taken out.
     *
     * @param lines how many lines at most
     * @return the lines, the last one last
     */
    String tail(int lines);

    /**
     * Adds somebody who reads along.
     *
     * @param listener receives the text as it comes, in pieces of any length
     * @return closing it takes the listener away
     */
    AutoCloseable listen(Consumer<String> listener);

    /**
     * Types something.
     *
     * @param text sent as UTF-8
     */
    void type(String text);
}
