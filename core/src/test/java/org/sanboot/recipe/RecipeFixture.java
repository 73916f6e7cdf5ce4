package org.sanboot.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Credentials;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Secret;

/** A directory for recipes, and a catalogue with parents whose disks are empty. */
record RecipeFixture(Path directory, ImageCatalogue catalogue) {

    /** Makes the parents {@code debian}, {@code win11} and {@code bsd} without qemu-img. */
    static RecipeFixture in(Path directory) {
        RecipeFixture fixture = new RecipeFixture(directory, new ImageCatalogue(directory.resolve("home")));
        fixture.image("debian", GuestFamily.LINUX);
        fixture.image("win11", GuestFamily.WINDOWS);
        fixture.image("bsd", GuestFamily.OTHER);
        return fixture;
    }

    private void image(String name, GuestFamily family) {
        Path own = directory.resolve("home/images").resolve(name);
        Credentials credentials = new Credentials("root", Secret.parse("key:/etc/lab/key"));
        write(own.resolve("base.raw"), "\0".repeat(512));
        write(own.resolve("image.json"), """
                {"version": 1, "name": "%s", "sha256": "%s", "size": 512, "allocated": 0, "family": "%s",
                 "firmware": ["%s"], "nicModel": "e1000", "user": "%s", "secret": "%s",
                 "imported": "2026-11-22T10:00:00Z", "layers": ["base.raw"]}
                """.formatted(
                        name,
                        Integer.toHexString(name.hashCode()),
                        family,
                        family == GuestFamily.WINDOWS ? Firmware.UEFI : Firmware.BIOS,
                        credentials.user(),
                        credentials.secret()));
    }

    Path write(String name, String content) {
        return write(directory.resolve(name), content);
    }

    private static Path write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Recipe read(String yaml) {
        return Recipe.read(write("agent.yaml", yaml), catalogue);
    }

    /** Returns what a single step of a recipe for a parent does. */
    Step step(String parent, String yaml) {
        Recipe recipe = read("parent: %s%nsteps:%n%s".formatted(parent, yaml.indent(2)));
        return recipe.steps().get(0);
    }
}
