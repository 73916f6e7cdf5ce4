package org.sanboot.evidence.inspection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.process.Programs;

/** Runs the external programs, none for ever: what they read was written by a guest that may be hostile. */
final class Tools {

    /** For a person who waits, and may have a large disk. */
    static final Tools PATIENT = new Tools(() -> Duration.ofMinutes(15));

    private static final Map<String, String> PACKAGES = Map.of(
            "qemu-img", "qemu-utils",
            "mmls", "sleuthkit",
            "fsstat", "sleuthkit",
            "fls", "sleuthkit",
            "icat", "sleuthkit",
            "e2fsck", "e2fsprogs",
            "fusermount3", "fuse3",
            "fusermount", "fuse3");

    /** The status of timeout(1) when it had to end the program, by SIGTERM or in the end by SIGKILL. */
    private static final Set<Integer> TIMED_OUT = Set.of(124, 137);

    private static final JsonMapper JSON = new JsonMapper();

    private final Supplier<Duration> patience;

    private Tools(Supplier<Duration> patience) {
        this.patience = patience;
    }

    /** Runs programs that all end before a deadline, within a second for those that begin after it. */
    static Tools until(Instant deadline) {
        return new Tools(() -> Duration.between(Instant.now(), deadline));
    }

    /** Runs programs that each end within a time. */
    static Tools within(Duration patience) {
        return new Tools(() -> patience);
    }

    /** Returns how long the next program may run, a second at least. */
    Duration patience() {
        Duration left = patience.get();
        return left.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : left;
    }

    /** How a program ended, and what it said. */
    record Result(int status, String output, String errors) {
        String lastError() {
            return errors.strip().lines().reduce((first, second) -> second).orElse("exit status " + status);
        }
    }

    Result run(String program, String... arguments) {
        var output = new ByteArrayOutputStream();
        Result result = run(output, program, arguments);
        return new Result(result.status(), output.toString(StandardCharsets.UTF_8), result.errors());
    }

    Result run(OutputStream output, String program, String... arguments) {
        String seconds = String.valueOf(patience().toSeconds());
        List<String> command = new ArrayList<>(List.of("timeout", "-k", "5", seconds));
        command.add(Programs.require(program, PACKAGES.getOrDefault(program, program), "look into a kept disk")
                .toString());
        command.addAll(List.of(arguments));
        Path errors = null;
        try {
            errors = Files.createTempFile("sanboot", ".err");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            builder.environment().put("LC_ALL", "C.UTF-8");
            Process process = builder.start();
            try {
                process.getOutputStream().close();
                process.getInputStream().transferTo(output);
                int status = process.waitFor();
                String said = TIMED_OUT.contains(status)
                        ? "it did not end within " + seconds + " s"
                        : Files.readString(errors, StandardCharsets.ISO_8859_1);
                return new Result(status, "", said);
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            throw new InfrastructureException("%s cannot be run: %s".formatted(program, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while %s ran".formatted(program), e);
        } finally {
            deleteQuietly(errors);
        }
    }

    String require(String program, String... arguments) {
        Result result = run(program, arguments);
        if (result.status() != 0) {
            throw new InfrastructureException("%s failed: %s".formatted(program, result.lastError()));
        }
        return result.output();
    }

    JsonNode json(String program, String... arguments) {
        try {
            return JSON.readTree(require(program, arguments));
        } catch (JsonProcessingException e) {
            throw new InfrastructureException("%s gave no JSON: %s".formatted(program, e.getOriginalMessage()), e);
        }
    }

    private static void deleteQuietly(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A few bytes in the directory of temporary files.
        }
    }
}
