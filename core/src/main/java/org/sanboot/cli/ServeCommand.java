package org.sanboot.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.Layer;
import org.sanboot.block.Overlay;
import org.sanboot.block.SourceDisk;
import org.sanboot.block.SourceFormat;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.iscsi.PortalName;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.process.Run;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Exports a throw-away clone, or a blank disk, to any initiator. */
@Command(
        name = "serve",
        description = "Exports a throw-away clone of an image or file, or a blank disk, until Ctrl-C.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Prints one iscsi:// URL for each portal on standard output as soon as it answers.",
            "The image or file is never written; what the initiator writes goes with Ctrl-C unless --keep says where to."
        })
final class ServeCommand implements Callable<Integer> {

    private static final String OVERLAY = "disk.qcow2";
    private static final int HIGHEST_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    private static final class Source {

        @Parameters(
                paramLabel = "IMAGE|FILE",
                description = "A golden image's name, or any raw or qcow2 file, or a block device.")
        private @Nullable String image;

        @Option(names = "--blank", paramLabel = "SIZE", description = "A blank thin disk, such as 20G.")
        private @Nullable String blank;
    }

    @Option(names = "--listen", paramLabel = "ADDRESS", description = "Default: ${DEFAULT-VALUE}, this host only.")
    private String listen = "127.0.0.1";

    @Option(names = "--port", paramLabel = "PORT", description = "Of the first portal; 0, the default, picks one.")
    private int port;

    @Option(names = "--portals", paramLabel = "N", description = "How many portals lead to the disk; 1 by default.")
    private int portals = 1;

    @Option(names = "--initiator", paramLabel = "IQN", description = "The only initiator that may log in.")
    private @Nullable String initiator;

    @Option(
            names = "--no-chap",
            description =
                    "Let everybody on this host in. Otherwise CHAP is demanded, with a random secret that is part of"
                            + " the URL; always so when the address is not this host's own.")
    private boolean open;

    @Option(names = "--read-only", description = "Refuse writes.")
    private boolean readOnly;

    @Option(names = "--format", description = "raw or qcow2; what the file's suffix says by default.")
    private @Nullable SourceFormat format;

    @Option(
            names = "--allow-backing-files",
            description = "The disk may name other files of this host, whose content the initiator reads then.")
    private boolean allowBackingFiles;

    @Option(names = "--keep", paramLabel = "FILE", description = "Keep what was written as a qcow2 file.")
    private @Nullable Path keep;

    @Override
    public Integer call() throws InterruptedException {
        List<InetSocketAddress> addresses = addresses();
        checkKeep();
        Path home = LabConfiguration.defaults().home();
        ImageCatalogue catalogue = new ImageCatalogue(home);
        Optional<SourceDisk> file = file(catalogue);
        // The portals come first: where they cannot be had, no file has been begun that somebody would have to delete.
        try (Run run = Run.open(home.resolve("runs"));
                IscsiServer server = IscsiServer.start(
                        IscsiServerConfiguration.listeningOn(addresses.toArray(InetSocketAddress[]::new)));
                Opened opened = open(file, catalogue, overlay(run))) {
            Iqn target =
                    new Iqn("iqn.2026-11.org.sanboot:serve." + run.directory().getFileName());
            ChapCredentials secret = open && isLoopback(addresses) ? null : ChapCredentials.random("sanboot");
            Export export = server.export(configuration(target, opened.disk(), secret));
            // On Ctrl-C too: no session writes any more, and the file is complete, before it is kept.
            run.beforeEnd(() -> {
                export.close();
                keep(opened);
            });
            print(server.portals(), target, secret, opened.disk().size());
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private ExportConfiguration configuration(Iqn target, BlockDevice disk, @Nullable ChapCredentials secret) {
        ExportConfiguration.Builder configuration =
                ExportConfiguration.named(target).lun(0, readOnly ? new ReadOnlyDisk(disk) : disk);
        if (secret != null) {
            configuration.chap(secret);
        }
        if (initiator != null) {
            configuration.allowedInitiator(new Iqn(initiator));
        }
        return configuration.build();
    }

    private void print(List<InetSocketAddress> addresses, Iqn target, @Nullable ChapCredentials secret, long size) {
        PrintWriter out = spec.commandLine().getOut();
        for (InetSocketAddress portal : addresses) {
            // The form that libiscsi and QEMU read; the secret is in it because whoever serves wants to hand it on.
            String login = secret == null ? "" : secret.name() + "%" + secret.secret() + "@";
            for (String host : hosts(portal.getAddress())) {
                out.println("iscsi://%s%s:%d/%s/0".formatted(login, host, portal.getPort(), target));
            }
        }
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println("Serving %s; Ctrl-C ends it.".formatted(new ByteSize(size)));
        err.flush();
    }

    /** Returns what an initiator can name the address by: with the wildcard, each address that others reach this host by. */
    private static List<String> hosts(InetAddress address) {
        List<String> own = address.isAnyLocalAddress() ? ownAddresses() : List.of();
        return own.isEmpty()
                ? List.of(PortalName.host(address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address))
                : own;
    }

    private static List<String> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(each -> !each.isLoopbackAddress() && !each.isLinkLocalAddress())
                    .map(PortalName::host)
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    private List<InetSocketAddress> addresses() {
        if (portals < 1 || portals > 64) {
            throw new ConfigurationException("--portals (%d) must be between 1 and 64.".formatted(portals));
        }
        if (port < 0 || port > HIGHEST_PORT) {
            throw new ConfigurationException("--port (%d) must be between 0 and 65535.".formatted(port));
        }
        if (port > 0 && port + portals - 1 > HIGHEST_PORT) {
            throw new ConfigurationException(
                    "--portals (%d) from --port (%d) on would end at port %d, and the highest is 65535; choose a lower port or fewer portals."
                            .formatted(portals, port, port + portals - 1));
        }
        try {
            InetAddress address = InetAddress.getByName(listen);
            return IntStream.range(0, portals)
                    .mapToObj(i -> new InetSocketAddress(address, port == 0 ? 0 : port + i))
                    .toList();
        } catch (UnknownHostException e) {
            throw new ConfigurationException("--listen (%s) is no address of this host.".formatted(listen), e);
        }
    }

    private static boolean isLoopback(List<InetSocketAddress> addresses) {
        return addresses.get(0).getAddress().isLoopbackAddress();
    }

    /** What is served, with all that it stands on. */
    private record Opened(BlockDevice disk, List<AutoCloseable> below) implements AutoCloseable {

        @Override
        public void close() {
            disk.close();
            for (AutoCloseable each : below) {
                try {
                    each.close();
                } catch (Exception e) {
                    throw new InfrastructureException("Cannot close what was served: " + e.getMessage(), e);
                }
            }
        }
    }

    /** An image is known by its name whatever lies in the working directory; with "./" a file is meant. */
    private Optional<SourceDisk> file(ImageCatalogue catalogue) {
        String image = source.image;
        if (image == null || catalogue.names().contains(image) || !Files.exists(Path.of(image))) {
            return Optional.empty();
        }
        return Optional.of(SourceDisk.examineReadable(
                Path.of(image), format, allowBackingFiles ? new FurtherFiles.Any() : new FurtherFiles.None()));
    }

    private Opened open(Optional<SourceDisk> file, ImageCatalogue catalogue, Path overlay) {
        if (source.blank != null) {
            long size = ByteSize.parse(source.blank).bytes();
            return new Opened(Overlay.createBlank(overlay, size, Durability.PROCESS), List.of());
        }
        if (file.isPresent()) {
            Layer base = file.get().open();
            return new Opened(clone(base, overlay), List.of(base));
        }
        ImageHold hold = catalogue.use(Objects.requireNonNull(source.image));
        Layer base = hold.image().open();
        return new Opened(clone(base, overlay), List.of(base, hold));
    }

    private static DiskClone clone(Layer base, Path overlay) {
        try {
            return DiskClone.create(base, overlay, Durability.PROCESS);
        } catch (RuntimeException e) {
            base.close();
            throw e;
        }
    }

    /** What is to be kept is written where it stays, so that nothing has to be copied at the end. */
    private Path overlay(Run run) {
        return keep == null ? run.directory().resolve(OVERLAY) : unfinished(keep);
    }

    private static Path unfinished(Path file) {
        return file.toAbsolutePath().resolveSibling(file.getFileName() + ".part");
    }

    private void checkKeep() {
        if (keep == null) {
            return;
        }
        if (Files.exists(keep)) {
            throw new ConfigurationException("--keep: %s exists; name a file that does not.".formatted(keep));
        }
        Path unfinished = unfinished(keep);
        if (Files.exists(unfinished)) {
            throw new ConfigurationException(
                    "--keep: %s exists: another serve writes it, or one that was killed has left it; use, move or delete it."
                            .formatted(unfinished));
        }
        if (!Files.isDirectory(Objects.requireNonNull(unfinished.getParent()))) {
            throw new ConfigurationException(
                    "--keep: the directory of %s does not exist; make it first.".formatted(keep));
        }
    }

    /** Whatever goes wrong, what was written stays, and where it is said. */
    private void keep(Opened opened) {
        if (keep == null) {
            opened.close();
            return;
        }
        PrintWriter err = spec.commandLine().getErr();
        Path unfinished = unfinished(keep);
        try {
            opened.close();
            if (Files.exists(keep)) {
                throw new FileAlreadyExistsException(keep.toString());
            }
            Files.move(unfinished, keep);
            err.println("Kept what was written as " + keep + ".");
        } catch (IOException | RuntimeException e) {
            err.println("sanboot: what was written cannot be kept as %s (%s); it stays in %s"
                    .formatted(keep, e, unfinished));
        }
        err.flush();
    }
}
