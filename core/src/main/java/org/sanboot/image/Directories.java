package org.sanboot.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the file system is asked for beside single files. */
final class Directories {

    private Directories() {}

    /** Waits until a file, or the names in a directory, are on the host's disk. */
    static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
