package org.sanboot.cli.failures;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.lab.terminal.Terminal;

/** What the commands need of the program that they are part of. */
public interface FailuresEnvironment {

    /**
     * Returns the store.
     *
     * @return the failures that the commands are about
     */
    FailureStore store();

    /**
     * Returns a directory for temporary files.
     *
     * @return exists, and is cleared away when the program ends, however it ends
     */
    Path scratch();

    /**
     * Makes a golden image of a failure's disk.
     *
     * @param failure stays as it is
     * @param image the new image's name
     */
    void promote(Failure failure, String image);

    /**
     * Returns where the content of files goes, byte for byte.
     *
     * @return standard output, unless said otherwise
     */
    default OutputStream binaryOutput() {
        return new FileOutputStream(FileDescriptor.out);
    }

    /**
     * Tells how wide a line may be.
     *
     * @return columns; 0 when the output is no terminal and lines are not to be cut
     */
    default int terminalWidth() {
        return Terminal.columns(System::getenv);
    }
}
