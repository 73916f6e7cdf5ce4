package org.sanboot.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.SourceFormat;
import org.sanboot.boot.Firmware;
import org.sanboot.cli.install.InstallCommand;
import org.sanboot.image.Credentials;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.Secret;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Manages the catalogue of golden images. */
@Command(
        name = "image",
        description = "Manages golden images.",
        mixinStandardHelpOptions = true,
        subcommands = {BuildCommand.class, InstallCommand.class})
final class ImageCommand {

    private static final String ROW = "%-28s %-8s %-10s %10s %10s%s";

    @Spec
    private CommandSpec spec;

    private final ImageCatalogue catalogue;

    ImageCommand() {
        this(LabConfiguration.defaults().home());
    }

    ImageCommand(Path home) {
        this.catalogue = new ImageCatalogue(home);
    }

    @Command(
            name = "import",
            description = "Makes a golden image of any disk that qemu-img reads.",
            mixinStandardHelpOptions = true)
    void add(
            @Parameters(
                            paramLabel = "FILE",
                            description = "qcow2, VHDX, VHD, VMDK, VDI or raw, or a block device; it is left as it is.")
                    Path file,
            @Option(
                            names = "--format",
                            description = "${COMPLETION-CANDIDATES}; what the file's suffix says by default.")
                    @Nullable
                    SourceFormat format,
            @Option(
                            names = "--allow-backing-files",
                            description = "The disk may name other files of this host, which become part of the image.")
                    boolean allowBackingFiles,
            @Option(names = "--name", required = true, description = "What tests call it.") String name,
            @Option(
                            names = "--family",
                            defaultValue = "LINUX",
                            description = "${COMPLETION-CANDIDATES}; LINUX by default.")
                    GuestFamily family,
            @Option(
                            names = "--firmware",
                            split = ",",
                            defaultValue = "BIOS",
                            description = "What it boots by, ${COMPLETION-CANDIDATES} or both; BIOS by default.")
                    List<Firmware> firmware,
            @Option(
                            names = "--nic",
                            defaultValue = "virtio-net-pci",
                            description = "The network card its boot depends on; ${DEFAULT-VALUE} by default.")
                    String nic,
            @Option(
                            names = "--user",
                            defaultValue = "root",
                            description = "Who logs in by ssh; ${DEFAULT-VALUE} by default.")
                    String user,
            @Option(names = "--identity", paramLabel = "KEY", description = "The user's private key.") @Nullable
                    Path identity,
            @Option(
                            names = "--password",
                            paramLabel = "REFERENCE",
                            description = "Where the user's password is: env:NAME, file:PATH or command:WORDS.")
                    @Nullable
                    String password,
            @Option(names = "--unless-same", description = "Replace an image of that name, unless it is the same disk.")
                    boolean unlessSame) {
        var request = new ImageImport(
                        file, name, family, EnumSet.copyOf(firmware), nic, credentials(user, identity, password))
                .from(format, allowBackingFiles ? new FurtherFiles.Any() : new FurtherFiles.None());
        GoldenImage image;
        try (Bars bars = new Bars()) {
            image = unlessSame ? catalogue.addOrReplace(request, bars) : catalogue.add(request, bars);
        }
        out("%s is in the catalogue: %s, of which %s are stored, digest %s"
                .formatted(image.name(), new ByteSize(image.size()), new ByteSize(image.allocated()), image.sha256()));
    }

    private static @Nullable Credentials credentials(String user, @Nullable Path identity, @Nullable String password) {
        if (identity != null && password != null) {
            throw new ConfigurationException("Give --identity or --password, not both.");
        }
        if (identity != null) {
            return new Credentials(user, new Secret.PrivateKey(identity.toAbsolutePath()));
        }
        return password == null ? null : new Credentials(user, Secret.parse(password));
    }

    @Command(name = "list", description = "Lists the golden images.", mixinStandardHelpOptions = true)
    void list() {
        List<GoldenImage> images = catalogue.list();
        Map<String, String> damaged = catalogue.damaged();
        if (images.isEmpty() && damaged.isEmpty()) {
            out("There are no images yet; 'sanboot image import FILE --name NAME' adds one.");
            return;
        }
        out(ROW.formatted("NAME", "FAMILY", "FIRMWARE", "SIZE", "STORED", "").stripTrailing());
        Set<String> names = images.stream().map(GoldenImage::name).collect(Collectors.toSet());
        images.stream()
                .filter(image -> image.parent().filter(names::contains).isEmpty())
                .forEach(image -> list(image, images, ""));
        PrintWriter err = spec.commandLine().getErr();
        damaged.values().forEach(what -> err.println("sanboot: " + what));
        err.flush();
    }

    /** Each image comes before its versions, which stand a little to the right; what they store is theirs alone. */
    private void list(GoldenImage image, List<GoldenImage> all, String indentation) {
        String means = catalogue.versionNames().entrySet().stream()
                .filter(name -> name.getValue().equals(image.name()))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        out(ROW.formatted(
                        indentation + image.name(),
                        lower(image.family()),
                        firmware(image.firmware()),
                        new ByteSize(image.size()),
                        new ByteSize(image.allocated()),
                        means.isEmpty() ? "" : "  is " + means)
                .stripTrailing());
        all.stream()
                .filter(child -> child.parent().filter(image.name()::equals).isPresent())
                .forEach(child -> list(child, all, indentation + "  "));
    }

    @Command(name = "show", description = "Shows all that is known of an image.", mixinStandardHelpOptions = true)
    void show(@Parameters(paramLabel = "NAME") String name) {
        GoldenImage image = catalogue.find(name);
        out("name         " + image.name());
        out("family       " + lower(image.family()));
        out("firmware     " + firmware(image.firmware()));
        out("network card " + image.nicModel());
        out("size         " + new ByteSize(image.size()) + ", of which " + new ByteSize(image.allocated())
                + " are stored");
        out("digest       " + image.sha256());
        out("imported     " + image.imported());
        Credentials credentials = image.credentials();
        out("login        " + (credentials == null ? "unknown" : credentials.user() + " with " + credentials.secret()));
        image.parent().ifPresent(parent -> out("parent       " + parent));
        image.layers().forEach(layer -> out("disk         " + layer));
        catalogue.children(name).forEach(child -> out("version      " + child));
        catalogue.retained(name).forEach(failure -> out("kept failure " + failure));
    }

    @Command(
            name = "verify",
            description = "Reads all that is stored of an image's disk and compares its digest.",
            mixinStandardHelpOptions = true)
    void verify(@Parameters(paramLabel = "NAME") String name) {
        try (Bars bars = new Bars()) {
            catalogue.verify(name, bars);
        }
        out(name + " is as it was imported.");
    }

    @Command(
            name = "remove",
            description = {
                "Removes an image, unless a clone, a version or a kept failure stands on it.",
                "The name of a recipe's image stands for all its versions."
            },
            mixinStandardHelpOptions = true)
    void remove(@Parameters(paramLabel = "NAME") String name) {
        catalogue.remove(name);
        out(name + " is removed.");
    }

    @Command(
            name = "prune",
            description = {
                "Removes the versions that were built by recipes, have a successor,",
                "and have no clone, version or kept failure standing on them."
            },
            mixinStandardHelpOptions = true)
    void prune() {
        List<String> pruned = catalogue.prune();
        out(pruned.isEmpty() ? "There is nothing to remove." : "Removed: " + String.join(", ", pruned));
    }

    private void out(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String firmware(Set<Firmware> firmware) {
        return firmware.stream().sorted().map(ImageCommand::lower).collect(Collectors.joining(","));
    }

    /** A progress bar for each step; none where standard error is no terminal. */
    static final class Bars implements Progress, AutoCloseable {

        private static final long MEBIBYTE = 1 << 20;

        private final boolean terminal = Terminal.isTerminal(2);
        private final Map<Step, ProgressBar> bars = new EnumMap<>(Step.class);

        @Override
        public void at(Step step, long done, long total) {
            if (terminal) {
                bars.computeIfAbsent(step, Bars::begin).maxHint(total).stepTo(done);
            }
        }

        private static ProgressBar begin(Step step) {
            return new ProgressBarBuilder()
                    .setTaskName(step == Step.CONVERT ? "Copying" : "Hashing")
                    .setUnit(" MiB", MEBIBYTE)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .build();
        }

        @Override
        public void close() {
            bars.values().forEach(ProgressBar::close);
        }
    }
}
