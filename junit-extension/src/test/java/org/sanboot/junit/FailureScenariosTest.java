package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.lab.BootedHost;

/** What happens to the machine of one test, however the test ends. */
class FailureScenariosTest {

    @IscsiBooted(image = "debian")
    static class Passes {
        @BeforeEach
        void before(BootedHost host) {
            host.run("before");
        }

        @Test
        void test(BootedHost host) {
            host.run("test");
        }

        @AfterEach
        void after(BootedHost host) {
            host.run("after");
        }
    }

    @Test
    void a_passed_test_leaves_nothing() {
        CaseRun run = CaseRun.of(Passes.class);

        assertThat(run.events())
                .containsExactly(
                        "boot host#1", "host#1 before", "host#1 test", "host#1 after", "end host#1", "discard host#1");
        assertThat(run.lab().requests().get(0).purpose()).isEqualTo("FailureScenariosTest.Passes.test()");
    }

    @IscsiBooted(image = "debian")
    static class FailsInTest {
        @Test
        void test(BootedHost host) {
            fail("broken product");
        }

        @AfterEach
        void after(BootedHost host) {
            host.run("after");
        }
    }

    @Test
    void a_failed_test_is_witnessed_before_its_after_each_and_kept_after_its_end() {
        CaseRun run = CaseRun.of(FailsInTest.class);

        assertThat(run.events())
                .containsExactly("boot host#1", "witness host#1", "host#1 after", "end host#1", "keep host#1");
        assertThat(run.failure()).hasMessage("broken product");
        assertThat(run.lab().descriptions()).singleElement().satisfies(description -> {
            assertThat(description.displayName()).isEqualTo("FailureScenariosTest.FailsInTest.test()");
            assertThat(description.testId()).contains("FailsInTest").contains("test(");
            assertThat(description.kind()).isEqualTo(Kind.TEST);
            assertThat(description.exception()).hasMessage("broken product");
        });
    }

    @IscsiBooted(image = "debian")
    static class FailsInConstructor {
        FailsInConstructor() {
            fail("constructor");
        }

        @Test
        void test(BootedHost host) {}
    }

    @Test
    void nothing_boots_for_a_test_whose_constructor_fails() {
        CaseRun run = CaseRun.of(FailsInConstructor.class);

        assertThat(run.events()).isEmpty();
        assertThat(run.failure()).hasMessage("constructor");
    }

    @IscsiBooted(image = "debian")
    static class FailsInBeforeEach {
        @BeforeEach
        void before() {
            fail("before each");
        }

        @Test
        void test(BootedHost host) {
            host.run("test");
        }
    }

    @Test
    void a_failure_in_before_each_keeps_the_disk() {
        assertThat(CaseRun.of(FailsInBeforeEach.class).events())
                .containsExactly("boot host#1", "witness host#1", "end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class FailsInAfterEach {
        @Test
        void test(BootedHost host) {
            host.run("test");
        }

        @AfterEach
        void after() {
            fail("after each");
        }
    }

    @Test
    void a_failure_in_after_each_keeps_the_disk() {
        assertThat(CaseRun.of(FailsInAfterEach.class).events())
                .containsExactly("boot host#1", "host#1 test", "witness host#1", "end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class HangsOnItsOwnThread {
        @Test
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS, threadMode = Timeout.ThreadMode.SAME_THREAD)
        void test(BootedHost host) throws InterruptedException {
            hang(host);
        }
    }

    @IscsiBooted(image = "debian")
    static class HangsOnAnotherThread {
        @Test
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
        void test(BootedHost host) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    private static void hang(BootedHost host) throws InterruptedException {
        try {
            new CountDownLatch(1).await();
        } finally {
            host.run("interrupted");
        }
    }

    @Test
    void a_test_that_hangs_is_witnessed_while_it_is_interrupted_and_ended_after_both() {
        assertThat(CaseRun.of(HangsOnItsOwnThread.class).events())
                .startsWith("boot host#1")
                .contains("host#1 interrupted")
                .endsWith("witness host#1", "end host#1", "keep host#1")
                .hasSize(6);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @IscsiBooted(image = "slow-evidence")
    static class HangSideBySide {
        @RepeatedTest(3)
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS)
        void test(BootedHost host) throws InterruptedException {
            try {
                new CountDownLatch(1).await();
            } finally {
                host.run("interrupted");
            }
        }
    }

    @Test
    void the_time_outs_of_others_do_not_wait_for_the_evidence_of_one() {
        CaseRun run = CaseRun.prepare(HangSideBySide.class)
                .with("junit.jupiter.execution.parallel.enabled", "true")
                .with("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .with("junit.jupiter.execution.parallel.config.fixed.parallelism", "3")
                .execute();

        assertThat(run.failures()).hasSize(3);
        assertThat(run.events().stream().filter(event -> event.endsWith("interrupted") || event.startsWith("witness")))
                .as("FakeLab's capture takes until all were interrupted")
                .extracting(event -> event.replaceAll(".*(interrupted|witness).*", "$1"))
                .startsWith("interrupted", "interrupted", "interrupted");
    }

    @Test
    void a_test_that_hangs_on_a_thread_of_its_own_is_witnessed_and_kept() {
        assertThat(CaseRun.of(HangsOnAnotherThread.class).events())
                .startsWith("boot host#1", "witness host#1")
                .endsWith("end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class HangsInBeforeEach {
        @BeforeEach
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS)
        void before(BootedHost host) throws InterruptedException {
            hang(host);
        }

        @Test
        void test() {}
    }

    @Test
    void a_lifecycle_method_that_hangs_is_witnessed_before_it_is_interrupted() {
        assertThat(CaseRun.of(HangsInBeforeEach.class).events())
                .startsWith("boot host#1")
                .contains("witness host#1", "host#1 interrupted")
                .endsWith("end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class LeavesAnInterrupt {
        @Test
        void test(BootedHost host) {
            Thread.currentThread().interrupt();
            fail("broken product");
        }
    }

    @Test
    void an_interrupt_that_a_test_leaves_does_not_spoil_what_is_kept() {
        assertThat(CaseRun.of(LeavesAnInterrupt.class).events())
                .containsExactly("boot host#1", "witness host#1", "end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class Parameterized {
        @ParameterizedTest
        @ValueSource(strings = {"good", "bad"})
        void test(String value, BootedHost host) {
            host.run(value);
            assertThat(value).isEqualTo("good");
        }
    }

    @Test
    void each_invocation_of_a_parameterized_test_has_a_machine_and_a_verdict_of_its_own() {
        CaseRun run = CaseRun.of(Parameterized.class);

        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "host#1 good",
                        "end host#1",
                        "discard host#1",
                        "boot host#2",
                        "host#2 bad",
                        "witness host#2",
                        "end host#2",
                        "keep host#2");
        assertThat(run.lab().descriptions().get(0).displayName())
                .startsWith("FailureScenariosTest.Parameterized.test() [2]");
    }

    @IscsiBooted(image = "debian")
    static class Repeated {
        @RepeatedTest(2)
        void test(RepetitionInfo repetition) {
            assertThat(repetition.getCurrentRepetition()).isEqualTo(2);
        }
    }

    @Test
    void each_repetition_has_a_machine_and_a_verdict_of_its_own() {
        assertThat(CaseRun.of(Repeated.class).events())
                .containsExactly(
                        "boot host#1",
                        "witness host#1",
                        "end host#1",
                        "keep host#1",
                        "boot host#2",
                        "end host#2",
                        "discard host#2");
    }

    @IscsiBooted(image = "debian")
    static class DynamicFails {
        @TestFactory
        Stream<DynamicTest> tests(BootedHost host) {
            return Stream.of(
                    DynamicTest.dynamicTest("bad", () -> fail("dynamic")),
                    DynamicTest.dynamicTest("good", () -> host.run("good")));
        }
    }

    @IscsiBooted(image = "debian")
    static class DynamicPasses {
        @TestFactory
        Stream<DynamicTest> tests(BootedHost host) {
            return Stream.of(
                    DynamicTest.dynamicTest("aborted", () -> abort("not today")),
                    DynamicTest.dynamicTest("good", () -> host.run("good")));
        }
    }

    @Test
    void dynamic_tests_share_the_machine_of_their_factory_and_one_failure_keeps_it() {
        CaseRun run = CaseRun.of(DynamicFails.class);

        assertThat(run.events())
                .containsExactly("boot host#1", "witness host#1", "host#1 good", "end host#1", "keep host#1");
        assertThat(run.lab().descriptions().get(0).exception()).hasMessage("dynamic");
    }

    @Test
    void dynamic_tests_without_a_failure_leave_nothing() {
        assertThat(CaseRun.of(DynamicPasses.class).events())
                .containsExactly("boot host#1", "host#1 good", "end host#1", "discard host#1");
    }

    @IscsiBooted(image = "debian")
    static class Aborts {
        @Test
        void test() {
            abort("not today");
        }
    }

    @IscsiBooted(image = "debian")
    static class AbortsAndFails {
        @Test
        void test() {
            abort("not today");
        }

        @AfterEach
        void after() {
            fail("after each");
        }
    }

    @Test
    void an_aborted_test_leaves_nothing() {
        assertThat(CaseRun.of(Aborts.class).events()).containsExactly("boot host#1", "end host#1", "discard host#1");
    }

    @Test
    void an_abort_that_is_followed_by_a_failure_is_a_failure() {
        assertThat(CaseRun.of(AbortsAndFails.class).events())
                .containsExactly("boot host#1", "witness host#1", "end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian")
    static class DisabledMethod {
        @Test
        @Disabled("not today")
        void test() {}
    }

    @Disabled("not today")
    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class DisabledClass {
        @Test
        void test() {}
    }

    @Test
    void nothing_boots_for_what_is_disabled() {
        CaseRun run = CaseRun.of(DisabledMethod.class, DisabledClass.class);

        assertThat(run.events()).isEmpty();
        assertThat(run.failures()).isEmpty();
    }

    @ExtendWith(FailsAfterUs.class)
    @IscsiBooted(image = "debian")
    static class AnotherExtensionFails {
        @Test
        void test() {}
    }

    static class FailsAfterUs implements AfterEachCallback {
        @Override
        public void afterEach(ExtensionContext context) {
            fail("another extension");
        }
    }

    @Test
    void the_failure_of_an_extension_that_runs_after_ours_keeps_the_disk() {
        assertThat(CaseRun.of(AnotherExtensionFails.class).events())
                .containsExactly("boot host#1", "end host#1", "keep host#1");
    }

    @ExtendWith(LeavesSomethingToClose.class)
    @IscsiBooted(image = "debian")
    static class AnotherResourceFails {
        @Test
        void test() {}
    }

    static class LeavesSomethingToClose implements BeforeEachCallback {
        @Override
        public void beforeEach(ExtensionContext context) {
            context.getStore(Namespace.GLOBAL).put("resource", (JUnitFeatures.StoreResource) () -> fail("close"));
        }
    }

    @Test
    void a_failure_that_only_the_final_verdict_shows_keeps_the_disk() {
        CaseRun run = CaseRun.of(AnotherResourceFails.class);

        assertThat(run.events()).containsExactly("boot host#1", "end host#1", "keep host#1");
        assertThat(run.lab().descriptions().get(0).exception()).hasMessage("close");
        assertThat(run.reportEntries()).hasSize(1);
    }

    @IscsiBooted(image = "debian", preserve = Preserve.ALWAYS)
    static class AlwaysKept {
        @Test
        void test() {}
    }

    @IscsiBooted(image = "debian", preserve = Preserve.NEVER)
    static class NeverKept {
        @Test
        void test() {
            fail("broken product");
        }
    }

    @Test
    void preserve_says_when_a_disk_is_kept() {
        CaseRun always = CaseRun.of(AlwaysKept.class);

        assertThat(always.events()).containsExactly("boot host#1", "end host#1", "keep host#1");
        assertThat(always.lab().descriptions().get(0).kind()).isEqualTo(Kind.NONE);
        assertThat(CaseRun.of(NeverKept.class).events())
                .containsExactly("boot host#1", "witness host#1", "end host#1", "discard host#1");
    }

    @IscsiBooted(image = "debian", name = "client")
    @IscsiBooted(image = "debian", name = "server", preserve = Preserve.ALWAYS)
    @IscsiBooted(image = "debian", name = "load", preserve = Preserve.NEVER)
    static class Several {
        @Test
        void test() {}
    }

    @Test
    void machines_of_one_test_are_kept_together() {
        assertThat(CaseRun.of(Several.class).events())
                .containsExactly(
                        "boot client#1",
                        "boot server#2",
                        "boot load#3",
                        "end client#1",
                        "end server#2",
                        "end load#3",
                        "keep client#1",
                        "keep server#2",
                        "discard load#3");
    }

    @IscsiBooted(image = "full")
    static class CannotBeKept {
        @Test
        void test() {
            fail("broken product");
        }
    }

    @Test
    void that_a_disk_cannot_be_kept_is_reported_beside_the_failure() {
        Throwable failure = CaseRun.of(CannotBeKept.class).failure();

        assertThat(failure).hasMessage("broken product");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(
                        suppressed -> assertThat(suppressed).hasRootCauseMessage("No space left to keep a failure."));
    }

    @IscsiBooted(image = "full", preserve = Preserve.ALWAYS)
    static class PassesAndCannotBeKept {
        @Test
        void test() {}
    }

    @Test
    void that_the_disk_of_a_passed_test_cannot_be_kept_is_printed() {
        assertThat(CaseRun.of(PassesAndCannotBeKept.class).printed())
                .contains("[sanboot] FailureScenariosTest.PassesAndCannotBeKept.test():"
                        + " No space left to keep a failure.");
    }

    @IscsiBooted(image = "debian")
    static class Fails {
        @Test
        void test() {
            fail("broken product");
        }
    }

    @Test
    void what_is_printed_and_reported_says_where_the_disk_is_and_what_to_do_with_it() {
        CaseRun run = CaseRun.of(Fails.class);

        assertThat(String.join("\n", run.printed()))
                .containsSubsequence(
                        "[sanboot] FailureScenariosTest.Fails.test() boots host (debian)",
                        "[sanboot] host (debian): guest ready 9.8 s",
                        "[sanboot] FailureScenariosTest.Fails.test() failed on host (debian, ready after 9.8 s;",
                        "the disk of host is kept in /failures/host#1",
                        "inspect   qemu-img info",
                        "boot      SANBOOT_HOME=/ sanboot boot --failure host#1",
                        "delete    SANBOOT_HOME=/ sanboot failures delete host#1",
                        "[sanboot] 1 machine booted in 10.0 s on average");
        assertThat(run.reportEntries())
                .singleElement()
                .satisfies(entry -> assertThat(entry)
                        .containsEntry("sanboot.failure", "host#1")
                        .containsEntry("sanboot.disk", "/failures/host#1/disk.qcow2"));
    }
}
