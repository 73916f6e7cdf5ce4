package org.sanboot.cli.install;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Retention;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.install.InstallRecipe;
import org.sanboot.install.Installer;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.proof.Examination;
import org.sanboot.proof.ImageProof;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Installs an operating system by a recipe. */
@Command(
        name = "install",
        description =
                "Lets an operating system install itself onto a blank iSCSI disk, and makes a golden image of it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The recipe names the installer's media or kernel, its answer files, the machine, and how to recognise the"
                    + " end; examples/install explains every key, and has one for Debian.",
            "A failed installation leaves its disk, its console log and pictures of its screen in $SANBOOT_HOME/installs."
        })
public final class InstallCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file that begins with 'install: linux' or the like.")
    @SuppressWarnings("NullAway.Init")
    private Path recipe;

    @Option(names = "--name", paramLabel = "NAME", required = true, description = "What tests call the image.")
    @SuppressWarnings("NullAway.Init")
    private String name;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "A parameter of the recipe.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--keep-records",
            description = "Keep console log and pictures of an installation that succeeds, too.")
    private boolean keepRecords;

    @Option(
            names = "--boot",
            description =
                    "Boot a clone over iSCSI to ssh, and look at it, before the image gets its name; one that fails stays as NAME-unproven.")
    private boolean boot;

    @Override
    public Integer call() {
        InstallRecipe read = InstallRecipe.read(recipe, parameters);
        GoldenImage image = boot ? proven(read) : install(read, name);
        PrintWriter out = spec.commandLine().getOut();
        out.println("%s is in the catalogue: %s, of which %s are stored, digest %s"
                .formatted(image.name(), new ByteSize(image.size()), new ByteSize(image.allocated()), image.sha256()));
        out.flush();
        return 0;
    }

    private GoldenImage install(InstallRecipe read, String as) {
        Installer installer = Installer.in(ImageCatalogue.homeOfUser());
        return (keepRecords ? installer.keepingRecords() : installer)
                .install(read, as, progress -> say(progress.line()));
    }

    /** On a machine like the one that it was installed on. */
    private GoldenImage proven(InstallRecipe read) {
        Examination examination = Examination.of(read.family());
        if (new ImageCatalogue(ImageCatalogue.homeOfUser()).names().contains(name)) {
            throw new ConfigurationException(
                    "There is an image \"%s\" already; choose another name, or remove it: sanboot image remove %s"
                            .formatted(name, name));
        }
        String candidate = ImageProof.candidate(name);
        install(read, candidate);
        ImageProof proof = new ImageProof(LabConfiguration.defaults().withRetention(Retention.unlimited()), this::say);
        return proof.prove(
                name,
                HostRequest.of(candidate)
                        .memoryMebibytes(read.memoryMebibytes())
                        .cpus(read.cpus())
                        .tpm(read.hasTpm())
                        .readyTimeout(read.timeout()),
                examination);
    }

    private void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("[sanboot] " + line);
        err.flush();
    }
}
