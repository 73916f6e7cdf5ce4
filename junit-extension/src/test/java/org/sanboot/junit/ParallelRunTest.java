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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.sanboot.ConfigurationException;
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

    /** A test that gives another class the time to take what it should not get. */
    private static void letOthersTry() throws Exception {
        try {
            BOTH_RUN.await(100, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | BrokenBarrierException e) {
            // As it should be.
            BOTH_RUN.reset();
        }
    }

    abstract static class NestedWantsMore {
        @Test
        void own() throws Exception {
            letOthersTry();
        }

        @Nested
        @IscsiBooted(image = "debian", name = "client")
        class Inner {
            @Test
            void test(@Host("client") BootedHost host) {}
        }
    }

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
    static class InheritsNested extends NestedWantsMore {}

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
    static class InheritsNestedToo extends NestedWantsMore {}

    interface MethodWantsMore {
        @Test
        default void a() throws Exception {
            letOthersTry();
        }

        @Test
        @IscsiBooted(image = "debian", name = "client")
        default void b(@Host("client") BootedHost host) {}
    }

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
    static class InheritsMethod implements MethodWantsMore {}

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
    static class InheritsMethodToo implements MethodWantsMore {}

    @Test
    void classes_reserve_what_their_tests_need_wherever_that_is_stated() {
        CaseRun nested = parallel(2, InheritsNested.class, InheritsNestedToo.class);
        CaseRun methods = parallel(2, InheritsMethod.class, InheritsMethodToo.class);

        assertThat(nested.failures()).isEmpty();
        assertThat(nested.lab().mostRunning()).isEqualTo(2);
        assertThat(methods.failures()).isEmpty();
        assertThat(methods.lab().mostRunning()).isEqualTo(2);
    }

    abstract static class Two {
        @Test
        void a() throws Exception {
            letOthersTry();
        }

        @Test
        void b() {}
    }

    @IscsiBooted(image = "debian", name = "server")
    @IscsiBooted(image = "debian", name = "client")
    static class SetForTheRun extends Two {}

    @IscsiBooted(image = "debian", name = "server")
    @IscsiBooted(image = "debian", name = "client")
    static class SetForTheRunToo extends Two {}

    @Test
    void classes_reserve_what_is_set_for_the_run_as_a_configuration_parameter() {
        CaseRun run = prepare(2, SetForTheRun.class, SetForTheRunToo.class)
                .with("sanboot.server.revert", "per_class")
                .launch(1);

        assertThat(run.summaries().get(0).getTestsSucceededCount()).isEqualTo(4);
        assertThat(run.lab().mostRunning()).isEqualTo(2);
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "debian")
    static class SharesItsInstance {
        @Host
        BootedHost host;

        @RepeatedTest(2)
        void test() {}
    }

    @Test
    void a_field_of_an_instance_that_tests_share_side_by_side_is_refused() {
        assertThat(parallel(SharesItsInstance.class).failures())
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("take the machine as a parameter of the test and of @BeforeEach."));
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @IscsiBooted(image = "debian")
    static class SharesItsInstanceWithNested {
        @Host("host")
        BootedHost host;

        @Nested
        @Execution(ExecutionMode.CONCURRENT)
        class One {
            @Test
            void test() {}
        }

        @Nested
        @Execution(ExecutionMode.CONCURRENT)
        @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
        class OfTheNestedClass {
            @Test
            void test() {}
        }
    }

    @IscsiBooted(image = "debian")
    static class IsSharedBecauseNestedClassIs {
        @Host
        BootedHost host;

        @Nested
        @TestInstance(TestInstance.Lifecycle.PER_CLASS)
        @Execution(ExecutionMode.CONCURRENT)
        class Inner {
            @Test
            @Execution(ExecutionMode.CONCURRENT)
            void one() {}

            @Test
            @Execution(ExecutionMode.CONCURRENT)
            void two() {}
        }
    }

    @Test
    void so_is_that_of_an_enclosing_instance_that_nested_tests_share() {
        assertThat(parallel(SharesItsInstanceWithNested.class, IsSharedBecauseNestedClassIs.class)
                        .failures())
                .hasSize(4)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("take the machine as a parameter of the test and of @BeforeEach."));
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class SharesItsMachineToo {
        @Host
        BootedHost host;

        @Nested
        @Execution(ExecutionMode.CONCURRENT)
        class Inner {
            @Test
            void test() {
                assertThat(host.name()).isEqualTo("host");
            }
        }

        @Nested
        @Execution(ExecutionMode.CONCURRENT)
        class Other {
            @Test
            void test() {
                assertThat(host.name()).isEqualTo("host");
            }
        }
    }

    @Test
    void a_machine_that_all_of_them_share_may_be_in_a_field_that_they_share() {
        assertThat(parallel(SharesItsMachineToo.class).failures()).isEmpty();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "kept-late")
    static class KeptLate {
        @RepeatedTest(2)
        void test() {
            throw new AssertionError("broken product");
        }
    }

    @Test
    void the_next_test_boots_while_the_disk_of_the_last_one_is_kept() {
        assertThat(parallel(1, KeptLate.class).events())
                .contains("keep host#1", "keep host#2")
                .doesNotContain("only one booted");
    }

    @IscsiBooted(image = "debian", name = "rack", machine = "rack")
    @IscsiBooted(image = "debian", name = "a")
    @IscsiBooted(image = "debian", name = "b")
    static class RackAndTwo {
        @Test
        void test() {}
    }

    @Test
    void a_physical_host_takes_no_place_of_a_virtual_machine() {
        assertThat(parallel(2, RackAndTwo.class).failures()).isEmpty();
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

    @IscsiBooted(image = "debian")
    static class OuterWaits {
        @Nested
        @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS)
        class Inner {}
    }

    @Test
    void a_class_that_holds_a_machine_runs_its_tests_one_after_the_other() {
        SharedMachineLocks locks = new SharedMachineLocks();

        assertThat(locks.provideForClass(Several.class)).isEmpty();
        assertThat(locks.provideForClass(OuterWaits.class)).isEmpty();
        assertThat(locks.provideForClass(OnlyHolds.class)).hasSize(1);
        assertThat(locks.provideForClass(MethodWaits.class))
                .hasSize(1)
                .doesNotContainAnyElementsOf(locks.provideForClass(OnlyHolds.class));
        assertThat(locks.provideForNestedClass(List.of(OuterWaits.class), OuterWaits.Inner.class))
                .hasSize(1);
    }

    @Test
    void what_is_set_for_the_run_counts_for_the_locks() {
        SharedMachineLocks perTest = locks(Map.of("SANBOOT_REVERT", "per_test"));
        SharedMachineLocks perClass = locks(Map.of("SANBOOT_REVERT", "per_class"));

        assertThat(perTest.provideForClass(MethodWaits.class)).isEmpty();
        assertThat(perClass.provideForClass(Several.class)).hasSize(1);
    }

    private static SharedMachineLocks locks(Map<String, String> environment) {
        return new SharedMachineLocks(new RunSettings(key -> Optional.empty(), environment::get));
    }

    private static CaseRun parallel(Class<?>... testClasses) {
        return parallel(4, testClasses);
    }

    private static CaseRun parallel(int machines, Class<?>... testClasses) {
        return prepare(machines, testClasses).execute();
    }

    private static CaseRun prepare(int machines, Class<?>... testClasses) {
        return CaseRun.prepare(testClasses)
                .machines(machines)
                .with("junit.jupiter.execution.parallel.enabled", "true")
                .with("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .with("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .with("junit.jupiter.execution.parallel.config.fixed.parallelism", "4");
    }

    private static String hostOf(CaseRun run, String command) {
        return run.events().stream()
                .filter(event -> event.startsWith("host#") && event.endsWith(command))
                .map(event -> event.substring(0, event.length() - command.length()))
                .findFirst()
                .orElseThrow();
    }
}
