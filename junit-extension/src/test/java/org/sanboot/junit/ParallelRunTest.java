package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLocksProvider.Lock;
import org.sanboot.lab.BootedHost;

/** Tests side by side. */
@Timeout(30)
class ParallelRunTest {

    private static final CyclicBarrier BOTH_RUN = new CyclicBarrier(2);

    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "debian")
    static class Several {
        @Test
        void a(BootedHost host) throws Exception {
            host.run("a");
            BOTH_RUN.await(20, TimeUnit.SECONDS);
        }

        @Test
        void b(BootedHost host) throws Exception {
            host.run("b");
            BOTH_RUN.await(20, TimeUnit.SECONDS);
            throw new AssertionError("broken product");
        }
    }

    @Test
    void tests_side_by_side_have_machines_and_verdicts_of_their_own() {
        CaseRun run = parallel(Several.class);

        String good = hostOf(run, " a");
        String bad = hostOf(run, " b");
        assertThat(run.events())
                .hasSize(9)
                .contains("end " + good, "discard " + good, "witness " + bad, "end " + bad, "keep " + bad);
        assertThat(run.lab().mostRunning()).isEqualTo(2);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "debian")
    static class Many {
        @RepeatedTest(50)
        void test(BootedHost host) {
            host.run("test");
        }
    }

    @Test
    void nothing_is_mixed_up_or_left_when_many_tests_run() {
        List<String> events = parallel(Many.class).events();

        for (int i = 1; i <= 50; i++) {
            String host = "host#" + i;
            assertThat(events)
                    .filteredOn(event -> event.endsWith(host) || event.startsWith(host + " "))
                    .containsExactly("boot " + host, host + " test", "end " + host, "discard " + host);
        }
    }

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
    @IscsiBooted(image = "debian", name = "client")
    static class HoldsAndWaits {
        private static final CyclicBarrier OTHER_CLASS_RUNS_TOO = new CyclicBarrier(2);

        @Test
        void a() throws Exception {
            try {
                OTHER_CLASS_RUNS_TOO.await(200, TimeUnit.MILLISECONDS);
                throw new AssertionError("both classes hold a machine");
            } catch (TimeoutException | BrokenBarrierException e) {
                // As it should be.
            }
        }

        @Test
        void b() {}
    }

    static class HoldsAndWaitsToo extends HoldsAndWaits {}

    @Test
    void classes_that_hold_machines_while_their_tests_wait_for_others_run_one_after_the_other() {
        CaseRun run = parallel(HoldsAndWaits.class, HoldsAndWaitsToo.class);

        assertThat(run.failures()).isEmpty();
        assertThat(run.lab().mostRunning()).isEqualTo(2);
        assertThat(run.events()).hasSize(18);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class SharedByMany {
        @RepeatedTest(10)
        void a(BootedHost host) {
            host.run("a");
        }

        @RepeatedTest(10)
        void b(BootedHost host) {
            host.run("b");
        }
    }

    static class SharedByManyToo extends SharedByMany {}

    static class SharedByOthers extends SharedByMany {}

    static class SharedByOthersToo extends SharedByMany {}

    @Test
    void classes_that_share_few_machines_wait_for_each_other() {
        CaseRun run = parallel(
                1,
                SharedByMany.class,
                SharedByManyToo.class,
                SharedByOthers.class,
                SharedByOthersToo.class,
                Many.class);

        assertThat(run.failures()).isEmpty();
        assertThat(run.lab().mostRunning()).isEqualTo(1);
        assertThat(run.events()).hasSize(4 * 23 + 200);
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class OnlyHolds {
        @Nested
        class Inner {}
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class MethodWaits {
        @IscsiBooted(image = "debian", name = "client")
        void test() {}
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class NestedWaits {
        @Nested
        class Inner {
            @Nested
            @IscsiBooted(image = "debian", name = "client")
            class Innermost {}
        }
    }

    @IscsiBooted(image = "debian")
    static class OuterWaits {
        @Nested
        @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
        class Inner {}
    }

    private static final Lock HOLDS_AND_WAITS = new Lock("org.sanboot.junit.holds-and-waits");

    @Test
    void a_class_is_locked_by_itself_when_it_holds_and_with_the_others_when_its_tests_wait_for_more() {
        SharedMachineLocks locks = new SharedMachineLocks();

        assertThat(locks.provideForClass(Several.class)).isEmpty();
        assertThat(locks.provideForClass(OuterWaits.class)).isEmpty();
        assertThat(locks.provideForClass(OnlyHolds.class))
                .doesNotContain(HOLDS_AND_WAITS)
                .hasSize(1);
        assertThat(locks.provideForClass(HoldsAndWaits.class)).containsExactly(HOLDS_AND_WAITS);
        assertThat(locks.provideForClass(MethodWaits.class)).containsExactly(HOLDS_AND_WAITS);
        assertThat(locks.provideForClass(NestedWaits.class)).containsExactly(HOLDS_AND_WAITS);
        assertThat(locks.provideForNestedClass(List.of(OuterWaits.class), OuterWaits.Inner.class))
                .containsExactly(HOLDS_AND_WAITS);
    }

    @Test
    void what_is_set_for_the_run_counts_for_the_locks() {
        SharedMachineLocks perTest = locks(Map.of("SANBOOT_REVERT", "per_test"));
        SharedMachineLocks perClass = locks(Map.of("SANBOOT_REVERT", "per_class"));

        assertThat(perTest.provideForClass(MethodWaits.class)).isEmpty();
        assertThat(perClass.provideForClass(HoldsAndWaits.class))
                .doesNotContain(HOLDS_AND_WAITS)
                .hasSize(1);
        assertThat(perClass.provideForClass(MethodWaits.class)).containsExactly(HOLDS_AND_WAITS);
    }

    private static SharedMachineLocks locks(Map<String, String> environment) {
        return new SharedMachineLocks(new RunSettings(key -> Optional.empty(), environment::get));
    }

    private static CaseRun parallel(Class<?>... testClasses) {
        return parallel(4, testClasses);
    }

    private static CaseRun parallel(int machines, Class<?>... testClasses) {
        return CaseRun.prepare(testClasses)
                .machines(machines)
                .with("junit.jupiter.execution.parallel.enabled", "true")
                .with("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .with("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .with("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute();
    }

    private static String hostOf(CaseRun run, String command) {
        return run.events().stream()
                .filter(event -> event.startsWith("host#") && event.endsWith(command))
                .map(event -> event.substring(0, event.length() - command.length()))
                .findFirst()
                .orElseThrow();
    }
}
