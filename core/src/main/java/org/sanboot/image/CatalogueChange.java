package org.sanboot.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.sanboot.InfrastructureException;

/**
 * What is changed in a catalogue at once: a list of renames, collected and checked while the catalogue is locked.
 *
 * <p>One rename is done as it is. More than one are written down first, as a journal that is there as a whole or not at all: from
 * then on the change counts, and whoever locks the catalogue next completes what a killed process has begun. Renames take no
 * space, so that a full disk refuses a change and does not break it. Used by one thread.
 */
final class CatalogueChange {

    static final String JOURNAL = ".journal";
    /** What is deleted as soon as the change is done. */
    static final String REMOVED = ".removed-";
    /** A link that has not taken its place. */
    static final String LINK = ".name-";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Names within the catalogue's directory. */
    record Rename(String from, String to) {}

    private final Path images;
    private final List<Rename> renames = new ArrayList<>();
    private final List<ImageLock> locks = new ArrayList<>();

    CatalogueChange(Path images) {
        this.images = images;
    }

    /** Keeps a lock until the change is done. */
    void keep(ImageLock lock) {
        locks.add(lock);
    }

    /** Lets a staged directory be an image, where none is by then. */
    void publish(Path staged, String name) {
        renames.add(new Rename(images.relativize(staged).toString(), name));
    }

    /** Replaces a file of an image. */
    void replace(Path staged, Path file) {
        renames.add(new Rename(
                images.relativize(staged).toString(), images.relativize(file).toString()));
    }

    /** Takes an image, or a name, away. */
    void remove(String name) {
        renames.add(new Rename(name, REMOVED + UUID.randomUUID()));
    }

    /** Lets a name mean an image. */
    void point(String name, String image) throws IOException {
        String link = LINK + UUID.randomUUID();
        Files.createSymbolicLink(images.resolve(link), Path.of(image));
        renames.add(new Rename(link, name));
    }

    void perform() throws IOException {
        if (renames.size() > 1) {
            write(renames);
        }
        perform(images, renames);
    }

    void end() {
        locks.forEach(ImageLock::close);
    }

    private void write(List<Rename> all) throws IOException {
        Path next = images.resolve(JOURNAL + ".next");
        try {
            Files.write(next, JSON.writeValueAsBytes(all));
            Directories.force(next);
            Files.move(next, images.resolve(JOURNAL), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(next);
            throw e;
        }
        Directories.force(images);
    }

    /** Completes what somebody has begun; the catalogue is locked. */
    static void complete(Path images) {
        Path journal = images.resolve(JOURNAL);
        if (Files.notExists(journal)) {
            return;
        }
        try {
            perform(images, List.of(JSON.readValue(Files.readAllBytes(journal), Rename[].class)));
        } catch (JsonProcessingException e) {
            throw new InfrastructureException(
                    "The change that image catalogue %s was left in cannot be read from %s: %s. Move that file away; what it says is not done."
                            .formatted(images, journal, e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The change that image catalogue %s was left in, %s, cannot be completed: %s."
                            .formatted(images, journal, e),
                    e);
        }
    }

    private static void perform(Path images, List<Rename> renames) throws IOException {
        for (Rename rename : renames) {
            Path from = images.resolve(rename.from());
            Path to = images.resolve(rename.to());
            // Of two directories the second one is there only when this was done before, and the first is a later one.
            boolean done = Files.notExists(from, LinkOption.NOFOLLOW_LINKS)
                    || Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)
                    || (rename.to().startsWith(REMOVED) && Files.exists(to, LinkOption.NOFOLLOW_LINKS));
            if (!done) {
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        Directories.force(images);
        Files.deleteIfExists(images.resolve(JOURNAL));
    }
}
