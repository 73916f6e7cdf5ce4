package org.sanboot.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;

/** A home of a test's own, with a copy of the user's small image: what a test keeps or leaves behind is nobody else's. */
public final class TestHome {

    /** The small guest that examples/guests/build-tiny.sh builds. */
    public static final String TINY = "tiny";

    private TestHome() {}

    /**
     * Makes a home with the small test guest in it. Without that guest the test is skipped, and fails in CI.
     *
     * @param directory where to make it
     * @return the home
     */
    public static Path withTinyGuest(Path directory) throws IOException {
        return with(tinyGuest(), directory);
    }

    /**
     * Makes a home with an image of the user's catalogue in it. Without that image the test is skipped, in CI too: only the
     * small one is built everywhere.
     *
     * @param name of the image
     * @param directory where to make it
     * @return the home
     */
    public static Path withImage(String name, Path directory) throws IOException {
        Optional<GoldenImage> image = new ImageCatalogue(usersHome())
                .list().stream().filter(found -> found.name().equals(name)).findFirst();
        assumeTrue(image.isPresent(), "The image '" + name + "' is not in " + usersHome());
        return with(image.orElseThrow(), directory);
    }

    private static Path with(GoldenImage image, Path directory) throws IOException {
        Path home = Files.createDirectories(directory);
        new ImageCatalogue(home)
                .add(
                        new ImageImport(
                                image.disk(),
                                image.name(),
                                image.family(),
                                image.firmware(),
                                image.nicModel(),
                                image.credentials()),
                        Progress.NONE);
        Path acceleration = usersHome().resolve("acceleration.json");
        if (Files.exists(acceleration)) {
            Files.copy(acceleration, home.resolve("acceleration.json"));
        }
        return home;
    }

    /**
     * Returns the small test guest's image in the user's catalogue. Without it the test is skipped, and fails in CI.
     *
     * @return the image
     */
    public static GoldenImage tinyGuest() {
        Optional<GoldenImage> tiny = new ImageCatalogue(usersHome())
                .list().stream().filter(image -> image.name().equals(TINY)).findFirst();
        require(tiny.isPresent(), "The image 'tiny' is not in " + usersHome() + "; examples/test-all.sh builds it.");
        return tiny.orElseThrow();
    }

    private static Path usersHome() {
        return Optional.ofNullable(System.getProperty("sanboot.home"))
                .map(Path::of)
                .orElseGet(ImageCatalogue::homeOfUser);
    }

    /**
     * Requires something of this host: without it a test is skipped, and fails in CI.
     *
     * @param present whether it is there
     * @param otherwise what is missing, and how to get it
     */
    public static void require(boolean present, String otherwise) {
        if ("true".equals(System.getenv("CI")) && !present) {
            throw new AssertionError(otherwise);
        }
        assumeTrue(present, otherwise);
    }
}
