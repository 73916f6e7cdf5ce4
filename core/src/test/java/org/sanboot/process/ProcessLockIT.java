package org.sanboot.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.testing.ChildJvm;

/** Two class loaders of one JVM have one process's locks: another process tells whether they are there. */
@Tag("boot")
class ProcessLockIT {

    private static final String LOCK = "org.sanboot.process.ProcessLock";

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void make_a_file() throws IOException {
        file = Files.createFile(directory.resolve("lock"));
    }

    @ParameterizedTest
    @CsvSource({
        "org.sanboot.process.ProcessLock, shared",
        "org.sanboot.image.ImageLock, shared",
        "org.sanboot.evidence.FileGuard, tryShared"
    })
    void a_shared_lock_stays_until_the_last_of_two_class_loaders_closes_it(String type, String method)
            throws Exception {
        try (URLClassLoader first = loader();
                URLClassLoader second = loader()) {
            AutoCloseable one = take(first, type, method).orElseThrow();
            AutoCloseable other = take(second, type, method).orElseThrow();
            assertThat(one.getClass()).isNotEqualTo(other.getClass());
            assertThat(take(first, LOCK, "exclusive")).isEmpty();
            assertThat(take(second, LOCK, "exclusive")).isEmpty();
            try (ChildJvm child = ChildJvm.start(directory, Asking.class, file.toString())) {
                assertThat(answer(child)).isEqualTo("locked");
                one.close();
                one.close();
                assertThat(answer(child)).isEqualTo("locked");
                other.close();
                assertThat(answer(child)).isEqualTo("free");
            }
            take(second, LOCK, "exclusive").orElseThrow().close();
        }
    }

    @Test
    void who_looks_from_a_second_class_loader_leaves_the_first_ones_lock_alone() throws Exception {
        try (URLClassLoader first = loader();
                URLClassLoader second = loader();
                AutoCloseable lock = take(first, LOCK, "exclusive").orElseThrow()) {
            assertThat(lock).isNotNull();
            assertThat(take(second, LOCK, "shared")).isEmpty();
            assertThat(take(second, LOCK, "exclusive")).isEmpty();
            assertThat(ProcessLock.exclusive(file)).isEmpty();
            assertThat(ProcessLock.holder(file)).isEqualTo("this process, 1 time");
            try (ChildJvm child = ChildJvm.start(directory, Asking.class, file.toString())) {
                assertThat(answer(child)).isEqualTo("locked");
            }
        }
    }

    @Test
    void two_class_loaders_change_the_leases_one_after_the_other() throws Exception {
        ExecutorService both = Executors.newFixedThreadPool(2);
        AtomicInteger inside = new AtomicInteger();
        try (URLClassLoader first = loader();
                URLClassLoader second = loader()) {
            List<Future<?>> changes = new ArrayList<>();
            for (URLClassLoader loader : List.of(first, second)) {
                changes.add(both.submit(() -> change(loader, inside)));
            }
            for (Future<?> change : changes) {
                change.get();
            }
        } finally {
            both.shutdown();
        }
    }

    private Void change(ClassLoader loader, AtomicInteger inside) throws Exception {
        Class<?> type = loader.loadClass("org.sanboot.inventory.LeaseFile");
        Method in = type.getDeclaredMethod("in", Path.class);
        in.setAccessible(true);
        Object leases = in.invoke(null, directory.resolve("leases"));
        Method change = type.getDeclaredMethod("change", Function.class);
        change.setAccessible(true);
        Function<Object, Object> nothing = book -> {
            assertThat(inside.incrementAndGet()).isEqualTo(1);
            return inside.decrementAndGet();
        };
        for (int i = 0; i < 200; i++) {
            change.invoke(leases, nothing);
        }
        return null;
    }

    private static URLClassLoader loader() throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @SuppressWarnings("unchecked")
    private Optional<AutoCloseable> take(ClassLoader loader, String type, String name) throws Exception {
        Method method = loader.loadClass(type).getDeclaredMethod(name, Path.class);
        method.setAccessible(true);
        return (Optional<AutoCloseable>) method.invoke(null, file);
    }

    private static String answer(ChildJvm child) throws Exception {
        child.process().getOutputStream().write('\n');
        child.process().getOutputStream().flush();
        return child.awaitLine(line -> true, 30);
    }

    /** Says whether a file is locked, each time that it is asked. */
    static final class Asking {

        private Asking() {}

        public static void main(String[] arguments) throws IOException {
            while (System.in.read() >= 0) {
                Optional<ProcessLock> taken = ProcessLock.exclusive(Path.of(arguments[0]));
                taken.ifPresent(ProcessLock::close);
                System.out.println(taken.isPresent() ? "free" : "locked");
            }
        }
    }
}
