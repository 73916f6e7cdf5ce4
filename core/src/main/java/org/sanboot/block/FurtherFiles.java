package org.sanboot.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sanboot.ConfigurationException;

/** Which files a disk may name beside itself: what it stands on, or where its data lies. */
public sealed interface FurtherFiles {

    /** None: whoever made the disk would else choose what is read of this host. */
    record None() implements FurtherFiles {}

    /** Any, because the user says that they are wanted. */
    record Any() implements FurtherFiles {}

    /**
     * Those below some directories, such as the golden images that a kept disk stands on.
     *
     * @param directories that they lie in, at any depth
     */
    record Below(List<Path> directories) implements FurtherFiles {

        /** Copies the list. */
        public Below {
            directories = List.copyOf(directories);
        }
    }

    /**
     * Those that a kept disk of a home stands on: its golden images, and the layers of its snapshots beside it.
     *
     * @param home the directory that both are in
     * @return nothing else of the home, where keys and settings can lie too
     */
    static FurtherFiles ofHome(Path home) {
        return new Below(List.of(home.resolve("images"), home.resolve("failures")));
    }

    /**
     * Checks whether a disk may name a file.
     *
     * @param disk that names it
     * @param named the file
     * @throws ConfigurationException when it may not
     */
    default void check(Path disk, Path named) {
        if (this instanceof Any) {
            return;
        }
        if (this instanceof Below below
                && below.directories.stream().anyMatch(directory -> isBelow(named, directory))) {
            return;
        }
        throw refused(disk, named.toString());
    }

    private static boolean isBelow(Path file, Path directory) {
        try {
            return Files.exists(directory) && file.toRealPath().startsWith(directory.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the refusal of a disk that names something. */
    static ConfigurationException refused(Path disk, String named) {
        return new ConfigurationException(
                ("Disk %1$s names another file, \"%2$s\", whose content would become part of the disk. If that is wanted, say"
                                + " --allow-backing-files where there is such an option, or make one file of them: qemu-img convert"
                                + " -O qcow2 %1$s NEW.qcow2")
                        .formatted(disk, printable(named)));
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.codePoints()
                .limit(200)
                .forEach(character -> printable.appendCodePoint(Character.isISOControl(character) ? '?' : character));
        return printable.toString();
    }
}
