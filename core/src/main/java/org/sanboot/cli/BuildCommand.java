package org.sanboot.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.recipe.ImageBuilder;
import org.sanboot.recipe.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Builds an image by a recipe. */
@Command(
        name = "build",
        description = "Makes an image of another one by a recipe: files, packages, scripts.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A clone of the parent is booted and changed; what was written becomes a",
            "version that shares all other blocks with the parent. A recipe that has not",
            "changed, with its files and its parent, is not built again. A build that fails",
            "is kept like a failed test, and the image stays what it was.",
            "",
            "What a recipe can say: examples/recipes/README.md."
        })
final class BuildCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private Path file;

    @Option(
            names = "--name",
            description = "What tests call the image; by default what the recipe or its file is called.")
    private @Nullable String name;

    @Option(names = "--again", description = "Build it although nothing has changed: for newer packages, say.")
    private boolean again;

    @Option(names = "--dry-run", description = "Only check the recipe, and say what would be done.")
    private boolean dryRun;

    @Override
    public Integer call() {
        LabConfiguration configuration = LabConfiguration.defaults();
        ImageCatalogue catalogue = new ImageCatalogue(configuration.home());
        Recipe read = Recipe.read(file, catalogue);
        Recipe recipe = name == null ? read : read.named(name);
        PrintWriter out = spec.commandLine().getOut();
        catalogue.checkVersionName(recipe.name());
        if (dryRun) {
            out.println("%s, from %s".formatted(recipe.name(), recipe.parent().name()));
            recipe.outline().forEach(step -> out.println("  " + step));
            out.flush();
            return 0;
        }
        ImageBuilder builder = new ImageBuilder(configuration, this::say);
        Optional<GoldenImage> present = again ? Optional.empty() : builder.find(recipe);
        if (present.isPresent()) {
            out.println("%s is %s: the recipe, its files and %s are as they were when it was built."
                    .formatted(
                            recipe.name(), present.get().name(), recipe.parent().name()));
        } else {
            GoldenImage built = build(builder, recipe);
            out.println("%s is %s now: %s stored on top of %s, digest %s"
                    .formatted(
                            recipe.name(),
                            built.name(),
                            new ByteSize(built.allocated()),
                            recipe.parent().name(),
                            built.sha256()));
        }
        out.flush();
        return 0;
    }

    private static GoldenImage build(ImageBuilder builder, Recipe recipe) {
        try (ImageCommand.Bars bars = new ImageCommand.Bars()) {
            return builder.build(recipe, bars);
        }
    }

    private void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("[sanboot] " + line);
        err.flush();
    }
}
