package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootedHost;

/** Boots that are tried again, and tests that a build tool runs again. */
class SecondAttemptTest {

    private static final AtomicInteger RUNS = new AtomicInteger();

    @BeforeEach
    void countFromZero() {
        RUNS.set(0);
    }

    private static void failIn(int... runs) {
        int run = RUNS.incrementAndGet();
        for (int each : runs) {
            if (each == run) {
                fail("run " + run);
            }
        }
    }

    @IscsiBooted(image = "shaky")
    static class Shaky {
        @Test
        void test(BootedHost host) {
            host.run("test");
        }
    }

    @Test
    void a_boot_that_failed_is_tried_again_when_that_is_set() {
        CaseRun run =
                CaseRun.prepare(Shaky.class).with("sanboot.bootRetries", "1").execute();

        run.tests().assertStatistics(statistics -> statistics.succeeded(1));
        assertThat(run.events())
                .containsExactly(
                        "dead host", "boot host#1", "flaky shaky", "host#1 test", "end host#1", "discard host#1");
        assertThat(String.join("\n", run.printed()))
                .contains("the disk of a machine that did not boot is kept in /failures/shaky")
                .contains("SecondAttemptTest.Shaky.test(): no first read. Booting again, attempt 2 of 2")
                .contains("is flaky");
    }

    static class ShakyAndNotTriedAgain extends Shaky {}

    @Test
    void a_boot_is_not_tried_again_unless_it_is_set() {
        CaseRun run = CaseRun.of(ShakyAndNotTriedAgain.class);

        assertThat(run.failure()).isInstanceOf(BootFailedException.class);
        assertThat(run.events()).containsExactly("dead host");
    }

    @IscsiBooted(image = "dead")
    static class Dead {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {}
    }

    @Test
    void a_boot_that_fails_again_and_again_is_one_infrastructure_failure_with_all_attempts() {
        CaseRun run =
                CaseRun.prepare(Dead.class).with("sanboot.bootRetries", "2").execute();

        assertThat(run.failures().get(0)).isInstanceOf(BootFailedException.class);
        assertThat(run.failures().get(0).getSuppressed()).hasOnlyElementsOfType(BootFailedException.class);
        assertThat(run.events()).containsExactly("dead host", "dead host", "dead host");
        assertThat(run.failures().get(1)).hasMessageEndingWith("see /failures/dead.");
    }

    @IscsiBooted(image = "debian")
    static class FailsOnce {
        @Test
        void test(BootedHost host) {
            failIn(1);
        }
    }

    @Test
    void a_test_that_passes_when_it_is_run_again_makes_its_first_failure_flaky() {
        CaseRun run = CaseRun.prepare(FailsOnce.class).launch(2);

        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "witness host#1",
                        "end host#1",
                        "keep host#1",
                        "boot host#2",
                        "end host#2",
                        "discard host#2",
                        "flaky host#1");
        assertThat(run.printed())
                .contains("[sanboot] SecondAttemptTest.FailsOnce.test() is flaky: it failed before and went well now;"
                        + " the failure stays in /failures/host#1");
    }

    @IscsiBooted(image = "debian")
    static class FailsTwice {
        @Test
        void test(BootedHost host) {
            failIn(1, 2);
        }
    }

    @Test
    void all_failures_before_the_pass_are_flaky() {
        assertThat(CaseRun.prepare(FailsTwice.class).launch(3).events()).endsWith("flaky host#1", "flaky host#2");
    }

    @Test
    void a_test_that_keeps_failing_is_not_flaky() {
        assertThat(CaseRun.prepare(FailsTwice.class).launch(2).events()).noneMatch(event -> event.startsWith("flaky"));
    }

    @IscsiBooted(image = "debian")
    static class AbortsThen {
        @Test
        void test(BootedHost host) {
            failIn(1);
            Assumptions.abort("not now");
        }
    }

    @Test
    void a_test_that_is_aborted_when_it_is_run_again_has_not_passed() {
        assertThat(CaseRun.prepare(AbortsThen.class).launch(2).events()).noneMatch(event -> event.startsWith("flaky"));
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class SharesAMachine {
        @Test
        void a(BootedHost host) {
            failIn(1);
        }

        @Test
        void b(BootedHost host) {}
    }

    @Test
    void a_class_that_shares_a_machine_is_flaky_as_a_whole() {
        assertThat(CaseRun.prepare(SharesAMachine.class).launch(2).events()).endsWith("discard host#2", "flaky host#1");
    }

    @IscsiBooted(image = "debian")
    static class MakesTests {
        @TestFactory
        List<DynamicTest> factory(BootedHost host) {
            return List.of(DynamicTest.dynamicTest("made", () -> failIn(1)));
        }
    }

    @Test
    void a_test_factory_can_be_flaky() {
        assertThat(CaseRun.prepare(MakesTests.class).launch(2).events()).endsWith("flaky host#1");
    }

    @IscsiBooted(image = "shaky", revert = Revert.PER_CLASS)
    static class NeverRan {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {
            host.run("b");
            fail("broken product");
        }
    }

    @Test
    void what_was_not_run_at_first_is_run_and_fails_when_the_tests_are_run_again() {
        CaseRun run = CaseRun.prepare(NeverRan.class).launch(2);

        assertThat(run.summaries().get(0).getTestsFailedCount()).isEqualTo(2);
        assertThat(run.summaries().get(0).getTestsAbortedCount()).isZero();
        assertThat(run.summaries().get(1).getTestsFailedCount()).isEqualTo(1);
        assertThat(run.events()).contains("host#1 b", "keep host#1").doesNotContain("flaky shaky");
    }

    @Test
    void a_boot_that_fails_and_succeeds_when_the_test_is_run_again_is_flaky() {
        assertThat(CaseRun.prepare(Shaky.class).launch(2).events()).endsWith("discard host#1", "flaky shaky");
    }
}
