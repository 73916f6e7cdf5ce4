package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A JVM of its own that keeps failures, for tests that need two of them, or a file system that is full. */
final class KeepingProcess {

    private KeepingProcess() {}

    /** Takes what to do, and the home to do it in. */
    public static void main(String[] arguments) throws IOException {
        Path home = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "many" -> keepMany(home, Integer.parseInt(arguments[2]));
            case "full" -> keepOnFullDisk(home);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void keepMany(Path home, int count) throws IOException {
        FailureStore store = FailureStore.at(home).withRetention(new Retention(3, Duration.ofDays(1), Long.MAX_VALUE));
        for (int i = 0; i < count; i++) {
            Path disk = Files.writeString(Files.createTempFile(home, "overlay", null), "disk");
            Failure failure = store.keep(
                    description(), evidence(disk).text("console.log", "text").build());
            System.out.println(failure.id());
        }
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
