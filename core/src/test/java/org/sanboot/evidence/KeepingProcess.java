package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A JVM of its own that keeps failures, for tests that need two of them, or a file system that is full. */
final class KeepingProcess {

    private KeepingProcess() {}

    /** Takes what to do, and the home to do it in. */
    public static void main(String[] arguments) throws IOException {
        Path home = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "many" -> keepMany(home, arguments[2], Integer.parseInt(arguments[3]));
            case "full" -> keepOnFullDisk(home);
            case "full-layers" -> keepLayersOnFullDisk(home);
            case "interrupted" -> prepare(home, Path.of(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Stays up until its input ends. */
    private static void keepMany(Path home, String run, int count) throws IOException {
        FailureStore store = FailureStore.at(home).withRetention(new Retention(1, Duration.ofDays(1), Long.MAX_VALUE));
        for (int i = 0; i < count; i++) {
            Path disk = Files.writeString(Files.createTempFile(home, "overlay", null), "disk");
            Failure failure = store.keep(
                    description(),
                    evidence(disk).run(run).text("console.log", "text").build());
            System.out.println(failure.id());
        }
        System.in.readAllBytes();
    }

    /** Has room for the disk and for a little more, and then for nothing. */
    private static void keepOnFullDisk(Path home) throws IOException {
        Path disk = Files.write(home.resolve("overlay"), new byte[200_000]);
        Path screen = Files.write(home.resolve("screen"), new byte[100_000]);
        Path dump = Files.write(home.resolve("dump"), new byte[50_000]);
        Evidence evidence = evidence(disk)
                .file("screen.png", screen)
                .text("console.log", "x".repeat(2_000_000))
                .file("memory.dump", dump)
                .build();
        fill(home.resolve("ballast"));
        Failure failure = FailureStore.at(home).keep(description(), evidence);
        System.out.println(failure.id() + " " + Files.size(failure.disk()));
        Manifest manifest = failure.manifest();
        manifest.files().forEach(file -> System.out.println("kept " + file.name()));
        manifest.remarks().forEach(System.out::println);
    }

    private static void prepare(Path home, Path machine) throws IOException {
        FailureStore.at(home)
                .prepare(
                        new FailureDescription("id", "Some.test", FailureDescription.Kind.INTERRUPTED, null),
                        FailureStoreIT.layered(machine, machine.resolve("disk.qcow2"))
                                .build());
        System.out.println("prepared");
        System.in.readAllBytes();
    }

    /** The layer holds more than there is room for. */
    private static void keepLayersOnFullDisk(Path home) throws IOException {
        Path machine = Files.createDirectories(home.resolve("runs/r/host-1"));
        String image = home.resolve("image.raw").toString();
        String layer = machine.resolve("snapshot-0.qcow2").toString();
        String disk = machine.resolve("disk.qcow2").toString();
        run("qemu-img", "create", "-q", "-f", "raw", image, "4M");
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "raw", layer);
        run("qemu-io", "-c", "write -P 7 0 1M", layer);
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", layer, "-F", "qcow2", disk);
        Evidence evidence = Evidence.of(Path.of(disk), new Evidence.Image("image", "00", Path.of(image)))
                .layers(List.of(Path.of(layer)), "raw")
                .build();
        fill(home.resolve("ballast"));
        try (var ballast = new java.io.RandomAccessFile(home.resolve("ballast").toFile(), "rw")) {
            ballast.setLength(ballast.length() - (200 << 10));
        }
        Failure failure = FailureStore.at(home).keep(description(), evidence);
        failure.manifest().remarks().forEach(System.out::println);
        run("qemu-img", "info", failure.disk().toString());
        run("qemu-img", "check", failure.disk().toString());
        run("qemu-io", "-r", "-c", "read -P 7 0 1M", failure.disk().toString());
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void fill(Path ballast) throws IOException {
        try (var output = Files.newOutputStream(ballast)) {
            while (true) {
                output.write(new byte[4096]);
            }
        } catch (IOException e) {
            if (Files.getFileStore(ballast).getUsableSpace() > 8192) {
                throw e;
            }
        }
    }

    private static FailureDescription description() {
        return new FailureDescription("test", "Some.test", FailureDescription.Kind.TEST, null);
    }

    private static Evidence.Builder evidence(Path disk) {
        return Evidence.of(disk, new Evidence.Image("debian", "abc", Path.of("/debian.raw")));
    }
}
