package org.sanboot.install;

import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;

/** An installation did not come to its end; what it left is kept. */
public final class InstallFailedException extends InfrastructureException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Path directory;

    InstallFailedException(String message, @Nullable Throwable cause, Path directory) {
        super(message, cause);
        this.directory = directory;
    }

    /**
     * Returns where the disk, the console's log and the pictures of the screen are.
     *
     * @return a directory, the caller's to delete
     */
    public Path directory() {
        return directory;
    }
}
