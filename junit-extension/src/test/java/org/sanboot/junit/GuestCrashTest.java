package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.lab.BootedHost;

/** What becomes of a test whose guest crashes or falls silent. */
class GuestCrashTest {

    @IscsiBooted(image = "debian")
    static class Passes {
        @Test
        void test(BootedHost host) {
            host.run("crash");
        }

        @AfterEach
        void cleanUp(BootedHost host) {
            host.run("power cut");
        }
    }

    @Test
    void a_crash_fails_its_test_though_every_assertion_passed_and_is_witnessed_before_after_each() {
        CaseRun run = CaseRun.of(Passes.class);

        assertThat(run.failure())
                .isInstanceOf(TestException.class)
                .hasMessageStartingWith("The guest crashed, though the test did not fail on it."
                        + " host: the guest panicked: Attempted to kill init!, seen at ")
                .hasMessageEndingWith(" A test that expects it says so with guestCrash = EXPECTED.");
        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "host#1 crash",
                        "witness host#1",
                        "host#1 power cut",
                        "end host#1",
                        "keep host#1");
        assertThat(run.lab().descriptions().get(0).kind()).isEqualTo(Kind.TEST);
    }

    @IscsiBooted(image = "debian", guestCrash = GuestCrash.EXPECTED)
    static class Expects {
        @Test
        void test(BootedHost host) {
            host.run("crash");
        }
    }

    @IscsiBooted(image = "debian")
    static class SwitchesThePower {
        @Test
        void test(BootedHost host) {
            host.run("crash");
            host.run("power cut");
        }
    }

    @Test
    void a_crash_that_the_test_expects_or_answers_by_switching_the_power_is_none_of_its_failures() {
        assertThat(CaseRun.of(Expects.class, SwitchesThePower.class).failures()).isEmpty();
        assertThat(CaseRun.prepare(Passes.class)
                        .with("sanboot.guestCrash", "expected")
                        .execute()
                        .failures())
                .isEmpty();
    }

    @IscsiBooted(image = "debian")
    static class Fails {
        @Test
        void test(BootedHost host) {
            host.run("crash");
            fail("no answer");
        }
    }

    @Test
    void a_failure_says_that_the_guest_crashed() {
        Throwable failure = CaseRun.of(Fails.class).failure();

        assertThat(failure).hasMessage("no answer");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(crash -> assertThat(crash).hasMessageContaining("The guest crashed. host: "));
    }

    @IscsiBooted(image = "debian")
    static class Aborts {
        @Test
        void test(BootedHost host) {
            host.run("crash");
            Assumptions.abort("not today");
        }
    }

    @IscsiBooted(image = "debian")
    static class Dynamic {
        @TestFactory
        Stream<DynamicTest> tests(BootedHost host) {
            return Stream.of(DynamicTest.dynamicTest("crashes", () -> host.run("crash")));
        }
    }

    @Test
    void an_aborted_test_and_a_dynamic_one_fail_on_a_crash_too() {
        CaseRun aborted = CaseRun.of(Aborts.class);
        CaseRun dynamic = CaseRun.of(Dynamic.class);

        assertThat(aborted.failure()).isInstanceOf(TestException.class);
        assertThat(aborted.events()).endsWith("keep host#1");
        assertThat(dynamic.failure()).isInstanceOf(TestException.class);
        assertThat(dynamic.events()).endsWith("keep host#1");
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class Shared {
        @Test
        void a(BootedHost host) {
            host.run("crash");
        }

        @Test
        void b() {}
    }

    @Test
    void tests_that_share_a_machine_that_crashed_are_not_run() {
        CaseRun run = CaseRun.of(Shared.class);

        assertThat(run.failures()).hasSize(2);
        assertThat(run.failures().get(1))
                .hasMessage("Not run: the machine host of the class crashed in GuestCrashTest.Shared.a(); see there.");
    }

    @IscsiBooted(image = "debian")
    static class FallsSilent {
        @Test
        void test(BootedHost host) {
            throw new InfrastructureException("the connection to the guest was lost while a command ran in it");
        }
    }

    @Test
    void what_a_guest_does_once_it_was_ready_is_the_product_s_unless_the_lab_broke() {
        CaseRun run = CaseRun.of(FallsSilent.class);

        assertThat(run.failure())
                .isInstanceOf(TestException.class)
                .hasMessage("The guest was ready before, and nothing of the lab broke: the connection to the guest was"
                        + " lost while a command ran in it")
                .hasCauseInstanceOf(InfrastructureException.class);
        assertThat(run.lab().descriptions().get(0).kind()).isEqualTo(Kind.TEST);
    }
}
