package org.sanboot.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a shell script with mounts of its own, which needs no privileges and leaves nothing behind. */
public final class Namespace {

    /**
     * What a script has said.
     *
     * @param status how it ended
     * @param output of all that it has run
     */
    public record Result(int status, String output) {}

    private Namespace() {}

    /** Without user namespaces a test is skipped, and fails in CI. */
    public static void require() throws IOException, InterruptedException {
        int status = new ProcessBuilder("unshare", "-rm", "true")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        TestHome.require(
                status == 0, "A mount namespace cannot be made: 'unshare -rm true' (package util-linux) fails.");
    }

    /**
     * Runs a script in a mount namespace, as its root, to its end.
     *
     * @param home what {@code SANBOOT_HOME} says
     * @param script for sh, which ends at the first command that fails; {@code java MAIN ARGUMENT…} is this JVM's program with this
     *     JVM's class path
     * @param arguments that the script has as {@code $1} and so on
     * @return how it ended
     */
    public static Result run(Path home, String script, Object... arguments) throws IOException, InterruptedException {
        String java = """
                set -e
                java() { "%s/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$CLASS_PATH" "$@"; }
                """.formatted(System.getProperty("java.home"));
        List<String> command = new ArrayList<>(List.of("unshare", "-rm", "sh", "-c", java + script, "sh"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SANBOOT_HOME", home.toString());
        builder.environment().put("CLASS_PATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("The script has closed its output and goes on; it said: " + output);
        }
        return new Result(process.exitValue(), output);
    }
}
