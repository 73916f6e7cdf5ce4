package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.physical.PowerException.Kind;

/** Runs a program that talks to a controller. Secrets go by its environment or its files, never by its arguments. */
final class Tool {

    private Tool() {}

    /** What a program said in the end. */
    record Result(int status, String output, String errors) {

        boolean succeeded() {
            return status == 0;
        }

        /** Returns both outputs on one line. */
        String said() {
            String all = (errors + " " + output).strip().replaceAll("\\s+", " ");
            return all.isEmpty() ? "status " + status : all;
        }
    }

    static Result run(String description, List<String> command, Map<String, String> environment, Duration timeout) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        Process process = start(description, builder);
        try {
            process.getOutputStream().close();
            CompletableFuture<String> output = read(process.getInputStream());
            CompletableFuture<String> errors = read(process.getErrorStream());
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new PowerException(
                        Kind.UNREACHABLE,
                        "%s: %s gave no answer within %d s."
                                .formatted(description, command.get(0), timeout.toSeconds()));
            }
            return new Result(
                    process.exitValue(), output.join().strip(), errors.join().strip());
        } catch (IOException e) {
            throw new InfrastructureException("%s: cannot talk to %s: %s".formatted(description, command.get(0), e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("%s: interrupted.".formatted(description), e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Process start(String description, ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new InfrastructureException(
                    "%s: cannot start %s: %s"
                            .formatted(description, builder.command().get(0), e),
                    e);
        }
    }

    private static CompletableFuture<String> read(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try (stream) {
                        text.complete(new String(stream.readAllBytes(), UTF_8));
                    } catch (IOException | UncheckedIOException e) {
                        text.complete("");
                    }
                },
                "sanboot-tool-output");
        thread.setDaemon(true);
        thread.start();
        return text;
    }
}
