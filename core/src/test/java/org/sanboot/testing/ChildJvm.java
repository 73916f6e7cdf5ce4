package org.sanboot.testing;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A second JVM with the class path of this one, whose end a test can watch, or cause. Used by one thread. */
public final class ChildJvm implements AutoCloseable {

    private final Process process;
    private final Path runs;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> read = new ArrayList<>();
    private final Thread reader;

    private ChildJvm(Process process, Path home) {
        this.process = process;
        this.runs = home.resolve("runs");
        this.reader = new Thread(this::readAll, "child-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a main class with a home of its own.
     *
     * @param home what {@code SANBOOT_HOME} says
     * @param main the class
     * @param arguments of its main method
     * @return the running JVM
     */
    public static ChildJvm start(Path home, Class<?> main, String... arguments) throws IOException {
        return start(home, List.of(), main, arguments);
    }

    /**
     * Starts a main class with a home of its own and options of the JVM.
     *
     * @param home what {@code SANBOOT_HOME} says
     * @param options such as {@code -Xmx64m}
     * @param main the class
     * @param arguments of its main method
     * @return the running JVM
     */
    public static ChildJvm start(Path home, List<String> options, Class<?> main, String... arguments)
            throws IOException {
        // A build in the background may have been started with SIGINT ignored, which a JVM would inherit.
        List<String> command = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SANBOOT_HOME", home.toString());
        return new ChildJvm(builder.start(), home);
    }

    private void readAll() {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // Process.destroy() closes this end too, perhaps in the middle of a read. Thrown, it would fail whatever
            // test
            // Awaitility waits for meanwhile, on any thread.
            lines.add("(the output ended: %s)".formatted(e.getMessage()));
        }
    }

    /**
     * Waits for a line of output.
     *
     * @param wanted tells which
     * @param seconds how long at most
     * @return the line
     */
    public String awaitLine(Predicate<String> wanted, int seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (String line = poll(end); line != null; line = poll(end)) {
            read.add(line);
            if (wanted.test(line)) {
                return line;
            }
        }
        throw new AssertionError(
                "The line did not come within %d s; there was:%n%s".formatted(seconds, String.join("\n", read)));
    }

    private String poll(long end) throws InterruptedException {
        return lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    /** Returns the process, to be ended or looked at. */
    public Process process() {
        return process;
    }

    /**
     * Kills it, and waits until all that it has printed is read: {@link Process#destroyForcibly} would close the pipe.
     *
     * @return everything that was printed
     */
    public String kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
        reader.join();
        return output();
    }

    /** Returns what was printed and read so far. */
    public String output() {
        lines.drainTo(read);
        return String.join("\n", read);
    }

    /** Kills it, and waits until its reapers are done: a test that deletes the home meanwhile would be in their way. */
    @Override
    public void close() {
        process.destroyForcibly();
        await("the runs of the child to be cleared away").until(() -> isEmpty(runs));
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }
}
