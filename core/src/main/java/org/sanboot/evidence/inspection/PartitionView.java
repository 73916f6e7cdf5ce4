package org.sanboot.evidence.inspection;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.sanboot.process.Programs;
import org.slf4j.Logger;

/**
 * A partition as a file that may be written to without the disk being changed.
 *
 * <p>QEMU exports it over FUSE from a throw-away overlay on the disk, which takes milliseconds and no space. Where there is no
 * FUSE, as in many containers, or what is mounted would stay so, the file is a sparse copy.
 */
final class PartitionView implements AutoCloseable {

    private static final Logger LOG = Logging.logger(PartitionView.class);

    private static final int UNMOUNT_SECONDS = 20;

    /** For the program that unmounts a dead file system, which takes milliseconds. */
    private static final Tools UNMOUNTING = Tools.within(Duration.ofSeconds(UNMOUNT_SECONDS));

    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    private final Path overlay;
    private final Path file;
    private @Nullable Process export;

    private PartitionView(Path directory, String name) {
        this.overlay = directory.resolve(name + ".qcow2");
        this.file = directory.resolve(name + ".raw");
    }

    /** Makes the partition appear in a directory. */
    static PartitionView open(
            DiskChain.Layer disk, Partition partition, Path directory, Tools tools, boolean mayUseFuse) {
        PartitionView view = new PartitionView(directory, "partition" + partition.number());
        try {
            if (!mayUseFuse || !view.export(disk, partition, tools)) {
                partition.copy(disk, partition.bytes(), view.file, tools);
            }
            return view;
        } catch (IOException e) {
            view.close();
            throw new InfrastructureException("There is no room to look into a disk: " + e, e);
        }
    }

    /** Tells whether what is mounted here can also be unmounted. */
    static boolean mayUseFuse() {
        try {
            return mayUseFuse((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"), Path.of("/etc/mtab"));
        } catch (IOException e) {
            LOG.debug("Cannot tell which user this is", e);
            return false;
        }
    }

    /**
     * To mount for an ordinary user, fusermount3 needs nothing; to unmount, it looks into the list of mounts whether the mount
     * is that user's, and a root file system as mmdebstrap makes it, for a container say, has no such list.
     */
    static boolean mayUseFuse(int user, Path mounts) {
        return user == 0 || Files.isReadable(mounts);
    }

    Path file() {
        return file;
    }

    private boolean export(DiskChain.Layer disk, Partition partition, Tools tools) throws IOException {
        Optional<Path> daemon = Programs.find("qemu-storage-daemon");
        if (daemon.isEmpty() || Programs.find("setpriv").isEmpty()) {
            return false;
        }
        tools.require(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                disk.format(),
                "-b",
                disk.file().toString(),
                overlay.toString());
        Files.createFile(file);
        Path errors = overlay.resolveSibling(overlay.getFileName() + ".log");
        Process process = new ProcessBuilder(command(daemon.get(), partition))
                .redirectError(errors.toFile())
                .start();
        export = process;
        // Options take effect one after the other: once the monitor says hello, the partition is exported.
        if (saysHello(process, tools.patience())) {
            return true;
        }
        LOG.debug("No FUSE export, copying instead: {}", Files.readString(errors, StandardCharsets.ISO_8859_1));
        close();
        Files.delete(file);
        return false;
    }

    private static boolean saysHello(Process process, Duration patience) {
        BufferedReader monitor = process.inputReader(StandardCharsets.UTF_8);
        try {
            return CompletableFuture.supplyAsync(() -> {
                        try {
                            return monitor.readLine() != null;
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .completeOnTimeout(false, patience.toMillis(), TimeUnit.MILLISECONDS)
                    .get();
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The kernel ends the daemon with the thread that started it; asked by SIGTERM, it unmounts. */
    private List<String> command(Path daemon, Partition partition) {
        return List.of(
                "setpriv",
                "--pdeathsig",
                "TERM",
                daemon.toString(),
                "--blockdev",
                "driver=file,node-name=file,filename=" + Partition.option(overlay),
                "--blockdev",
                "driver=qcow2,node-name=disk,file=file",
                "--blockdev",
                "driver=raw,node-name=partition,file=disk,offset=%d,size=%d"
                        .formatted(partition.offset(), partition.bytes()),
                "--export",
                "type=fuse,id=export,node-name=partition,writable=on,mountpoint=" + Partition.option(file),
                "--chardev",
                "stdio,id=monitor",
                "--monitor",
                "monitor");
    }

    /**
     * Ends the daemon, which unmounts, and unmounts in its place when it did not; an interrupt is put off until then. A
     * daemon that hangs is killed.
     */
    @Override
    public void close() {
        boolean interrupted = false;
        Process process = export;
        if (process != null) {
            process.destroy();
            while (process.isAlive()) {
                try {
                    if (!process.waitFor(UNMOUNT_SECONDS, TimeUnit.SECONDS)) {
                        process.destroyForcibly();
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (process != null && isMounted()) {
            unmount();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A file system whose daemon has died, killed for example, stays mounted and answers everything by an error. */
    private void unmount() {
        for (String program : List.of("fusermount3", "fusermount")) {
            if (Programs.find(program).isPresent()) {
                Tools.Result result = UNMOUNTING.run(program, "-u", "-z", file.toString());
                if (!isMounted()) {
                    return;
                }
                LOG.warn("{} cannot unmount {}: {}", program, file, result.lastError());
            }
        }
    }

    /** Asks the kernel's list: a look at the file itself fails when its daemon is dead. */
    private boolean isMounted() {
        try (Stream<String> mounts = Files.lines(MOUNTS, StandardCharsets.ISO_8859_1)) {
            String place = escaped(directory().resolve(file.getFileName()));
            return mounts.anyMatch(mount -> mount.split(" ", 6)[4].equals(place));
        } catch (IOException e) {
            LOG.debug("Cannot tell what is mounted", e);
            return false;
        }
    }

    /** Its own path may lead through links, which the kernel's list does not. */
    private Path directory() throws IOException {
        return Objects.requireNonNull(file.toAbsolutePath().getParent()).toRealPath();
    }

    /** As proc(5) writes a path: a byte a character, and white space and backslashes in octal. */
    private static String escaped(Path path) {
        StringBuilder text = new StringBuilder();
        for (byte each : path.toString().getBytes(StandardCharsets.UTF_8)) {
            char letter = (char) (each & 0xff);
            text.append(" \t\n\\".indexOf(letter) < 0 ? String.valueOf(letter) : "\\%03o".formatted((int) letter));
        }
        return text.toString();
    }
}
