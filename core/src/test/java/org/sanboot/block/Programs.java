package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Programs of the host, for tests. */
final class Programs {

    private Programs() {}

    /** Skips the test, or fails it where everything is meant to be installed, when a program is missing. */
    static void require(String program, String packageName) {
        boolean there = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        if (!there) {
            String message = program + " is missing: apt-get install " + packageName;
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            abort(message);
        }
    }

    /** Runs a program that must succeed, and returns what it said. */
    static String run(Object... command) {
        Result result = attempt(command);
        assertThat(result.status())
                .as("%s: %s", Arrays.toString(command), result.output())
                .isZero();
        return result.output();
    }

    static Result attempt(Object... command) {
        List<String> words = Stream.of(command).map(Object::toString).toList();
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            try (InputStream output = process.getInputStream()) {
                String said = new String(output.readAllBytes());
                return new Result(process.waitFor(), said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    record Result(int status, String output) {}

    /** Has {@code qemu-img} read a qcow2 disk and returns its contents. */
    static Path toRaw(Path disk, Path target) {
        run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", disk, target);
        return target;
    }

    /** Starts a main class of the tests in a JVM of its own. */
    static ProcessBuilder java(Class<?> main, Object... arguments) {
        Stream<Object> command = Stream.concat(
                Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java"),
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()),
                Stream.of(arguments));
        return new ProcessBuilder(command.map(Object::toString).toList());
    }
}
