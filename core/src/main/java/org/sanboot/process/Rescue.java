package org.sanboot.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory within a run's that is moved to a place of safety, instead of being removed, when the run ends before that was
 * withdrawn: by Ctrl-C, SIGTERM, {@code kill -9} or a power cut.
 *
 * <p>All that is needed is written beside what is to be saved while there is time. Whoever clears the run away moves it by a
 * rename, after the run's processes have ended, so that nobody writes to it any more. The place should be on the run's file
 * system. Where it cannot be moved the run's whole directory stays, and the next run tries again.
 */
public final class Rescue {

    /** Within the directory: the place in the first line, and the file without which nothing is worth saving in the second. */
    static final String MARK = ".rescue";

    private Rescue() {}

    /**
     * Prepares a directory; preparing it again replaces what was said before.
     *
     * @param directory directly within a run's directory
     * @param file its name in the directory; it is made read-only when it is moved, and without it nothing is moved
     * @param place what the directory becomes; what is there already is not replaced
     * @throws IOException when that cannot be written; it is as it was before
     */
    public static void prepare(Path directory, String file, Path place) throws IOException {
        if ((file + place).indexOf('\n') >= 0) {
            throw new IOException("A name with a line feed in it cannot be noted: " + place);
        }
        Path unfinished = directory.resolve(MARK + ".new");
        Files.writeString(unfinished, place + "\n" + file + "\n", StandardCharsets.UTF_8);
        Files.move(unfinished, directory.resolve(MARK), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Takes that back.
     *
     * @param directory that was prepared, or not
     * @throws IOException when it cannot be changed
     */
    public static void withdraw(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(MARK));
    }

    /** Returns where the prepared directories of a run go. */
    static List<Path> places(Path run) {
        List<Path> places = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(run, Files::isDirectory)) {
            for (Path directory : directories) {
                Path mark = directory.resolve(MARK);
                if (Files.exists(mark)) {
                    places.add(Path.of(Files.readAllLines(mark).get(0)));
                }
            }
        } catch (IOException | IndexOutOfBoundsException e) {
            // It is only for telling; what is moved does not depend on it.
            return List.copyOf(places);
        }
        return List.copyOf(places);
    }
}
