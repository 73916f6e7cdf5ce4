package org.sanboot.evidence.inspection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sanboot.InfrastructureException;
import org.sanboot.process.Programs;

/** Runs the external programs, each for minutes at most: what they read was written by a guest that may be hostile. */
final class Tools {

    private static final Map<String, String> PACKAGES = Map.of(
            "qemu-img", "qemu-utils",
            "mmls", "sleuthkit",
            "fsstat", "sleuthkit",
            "fls", "sleuthkit",
            "icat", "sleuthkit",
            "e2fsck", "e2fsprogs");

    private static final String LONGEST = "900";
    private static final JsonMapper JSON = new JsonMapper();

    private Tools() {}

    /** How a program ended, and what it said. */
    record Result(int status, String output, String errors) {
        String lastError() {
            return errors.strip().lines().reduce((first, second) -> second).orElse("exit status " + status);
        }
    }

    static Result run(String program, String... arguments) {
        var output = new java.io.ByteArrayOutputStream();
        Result result = run(output, program, arguments);
        return new Result(result.status(), output.toString(StandardCharsets.UTF_8), result.errors());
    }

    static Result run(OutputStream output, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of("timeout", "-k", "5", LONGEST));
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
                return new Result(process.waitFor(), "", Files.readString(errors, StandardCharsets.ISO_8859_1));
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

    static String require(String program, String... arguments) {
        Result result = run(program, arguments);
        if (result.status() != 0) {
            throw new InfrastructureException("%s failed: %s".formatted(program, result.lastError()));
        }
        return result.output();
    }

    static JsonNode json(String program, String... arguments) {
        try {
            return JSON.readTree(require(program, arguments));
        } catch (JsonProcessingException e) {
            throw new InfrastructureException("%s gave no JSON: %s".formatted(program, e.getOriginalMessage()), e);
        }
    }

    private static void deleteQuietly(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A few bytes in the directory of temporary files.
        }
    }
}
