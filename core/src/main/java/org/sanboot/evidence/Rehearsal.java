package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * Keeps a failure that never was, so that the first real one of a JVM does not wait for classes to be loaded; a test that
 * fails is usually the only one of its run.
 */
final class Rehearsal {

    /** One black pixel. */
    private static final byte[] PNG = Base64.getDecoder()
            .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==");

    private Rehearsal() {}

    /** Needs an existing directory, and leaves nothing in it. */
    static void in(Path scratch) throws IOException {
        Path home = Files.createTempDirectory(scratch, "rehearsal");
        try {
            FailureStore store = FailureStore.at(home);
            Failure failure = store.keep(description(), evidence(home));
            failure.commands();
            store.delete(failure);
        } finally {
            Trees.delete(home);
        }
    }

    private static FailureDescription description() {
        return new FailureDescription(
                "rehearsal", "Rehearsal.nothing()", FailureDescription.Kind.TEST, new AssertionError("nothing failed"));
    }

    private static Evidence evidence(Path home) throws IOException {
        Path disk = Files.createFile(home.resolve("disk"));
        Path console = Files.writeString(home.resolve("console"), "\u001b[1mnothing\u001b[0m <was> printed\r\n");
        Path screen = Files.write(home.resolve("screen"), PNG);
        Instant now = Instant.now();
        return Evidence.of(disk, new Evidence.Image("none", "00", home.resolve("none.raw")))
                .redaction(Redaction.of(List.of("no secret")))
                .run("rehearsal")
                .host("nobody")
                .bootBegan(now)
                .stage("guest ready", Duration.ofSeconds(1))
                .testBegan(now)
                .failedAt(now)
                .statistics(new Evidence.DiskStatistics(0, 0, 0, 0, 0, 0))
                .machine("type", "none")
                .took("screenshot", Duration.ZERO)
                .text("console.log", console)
                .text("guest/dmesg.txt", "nothing\n")
                .screenshot(now, screen)
                .remark("Nothing happened.")
                .build();
    }
}
