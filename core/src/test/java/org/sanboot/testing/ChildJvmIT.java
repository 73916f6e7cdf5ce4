package org.sanboot.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("boot")
class ChildJvmIT {

    @TempDir
    private Path home;

    /** Which may come in the middle of a read, or not. */
    @RepeatedTest(3)
    void a_child_that_is_killed_while_it_prints_fails_no_test_that_waits_meanwhile() throws Exception {
        try (ChildJvm child = ChildJvm.start(home, Chatter.class)) {
            child.awaitLine("line 10"::equals, 60);

            child.process().destroyForcibly();

            // Awaitility fails by what any thread throws.
            await("the child to be gone").until(() -> child.process().waitFor(1, TimeUnit.MILLISECONDS));
            await("its reader to be done").until(() -> !readerRuns());
            assertThat(child.output()).contains("line 1\n");
        }
    }

    private static boolean readerRuns() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("child-output"));
    }

    /** Prints until nobody can read it any more. */
    static final class Chatter {
        public static void main(String[] arguments) {
            for (int i = 1; !System.out.checkError(); i++) {
                System.out.println("line " + i);
            }
        }
    }
}
