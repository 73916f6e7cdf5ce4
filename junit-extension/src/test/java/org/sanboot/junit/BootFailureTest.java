package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootedHost;

/** What tests become when the lab fails them. */
class BootFailureTest {

    @IscsiBooted(image = "dead")
    static class Dead {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {}

        @Test
        @IscsiBooted(image = "debian")
        void c(BootedHost host) {
            host.run("c");
        }

        @Nested
        class Inner {
            @Test
            void d(BootedHost host) {}
        }
    }

    @Test
    void the_first_test_fails_with_the_cause_and_further_ones_that_need_the_same_machine_are_errors_of_one_line() {
        CaseRun run = CaseRun.of(Dead.class);

        assertThat(run.failures())
                .hasSize(3)
                .first()
                .satisfies(first -> assertThat(first)
                        .isInstanceOf(BootFailedException.class)
                        .hasMessageStartingWith("no firmware login"));
        assertThat(run.failures().subList(1, 3)).allSatisfy(further -> {
            assertThat(further)
                    .isInstanceOf(NotRunException.class)
                    .isInstanceOf(InfrastructureException.class)
                    .hasMessage("Not run: dead did not boot for BootFailureTest.Dead.a(); see /failures/dead.");
            assertThat(further.getStackTrace()).isEmpty();
        });
        assertThat(run.aborts()).isEmpty();
        assertThat(run.events())
                .containsExactly("dead host", "boot host#1", "host#1 c", "end host#1", "discard host#1");
        assertThat(String.join("\n", run.printed()))
                .contains("the disk of a machine that did not boot is kept in /failures/dead");
        assertThat(run.reportEntries()).hasSize(1);
    }

    @IscsiBooted(image = "dead", revert = Revert.PER_CLASS)
    static class DeadClass {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {}
    }

    @Test
    void the_machine_of_a_class_that_does_not_boot_is_tried_once() {
        CaseRun run = CaseRun.of(DeadClass.class);

        run.tests().assertStatistics(statistics -> statistics.failed(2));
        assertThat(run.failures().get(0)).isInstanceOf(BootFailedException.class);
        assertThat(run.failures().get(1))
                .hasMessage("Not run: dead did not boot for BootFailureTest.DeadClass; see /failures/dead.");
        assertThat(run.events()).containsExactly("dead host");
    }

    @IscsiBooted(image = "dead", revert = Revert.PER_CLASS)
    static class DeadBeforeAll {
        @BeforeAll
        static void beforeAll(BootedHost host) {}

        @Test
        void test() {}
    }

    @Test
    void a_class_fails_as_a_whole_when_its_before_all_needs_a_machine_that_does_not_boot() {
        CaseRun run = CaseRun.of(DeadBeforeAll.class);

        assertThat(run.failure()).isInstanceOf(BootFailedException.class);
        run.tests().assertStatistics(statistics -> statistics.started(0));
    }

    static class DeadToo extends DeadClass {}

    static class DeadAgain extends DeadClass {}

    @IscsiBooted(image = "dead", firmware = FirmwareChoice.UEFI)
    static class DeadByUefi {
        @Test
        void test() {}
    }

    @Test
    void further_classes_do_not_try_what_failed_to_boot_twice_in_a_row() {
        CaseRun run = CaseRun.of(DeadClass.class, DeadToo.class, DeadAgain.class, DeadByUefi.class);

        assertThat(run.events())
                .as("the image by another firmware is another matter")
                .hasSize(3);
        assertThat(run.failures())
                .extracting(Throwable::getMessage)
                .contains("Not run: dead did not boot 2 times in a row, last for BootFailureTest.DeadToo;"
                        + " see /failures/dead (sanboot.bootFailures.limit).");
        assertThat(run.failures()).hasSize(7);
    }

    @Test
    void how_many_boots_may_fail_is_a_setting() {
        assertThat(CaseRun.prepare(DeadClass.class, DeadToo.class, DeadAgain.class)
                        .with("sanboot.bootFailures.limit", "0")
                        .execute()
                        .events())
                .hasSize(3);
        assertThat(CaseRun.prepare(DeadClass.class, DeadToo.class, DeadAgain.class)
                        .with("sanboot.bootFailures.limit", "1")
                        .execute()
                        .events())
                .hasSize(1);
    }

    /** On JUnit 5.12 each run of failed tests has a lab of its own, which counts from the beginning. */
    static boolean hasSessionStore() {
        return JUnitFeatures.hasSessionStore();
    }

    @Test
    @EnabledIf("hasSessionStore")
    void each_run_of_failed_tests_tries_one_more_boot() {
        CaseRun run =
                CaseRun.prepare(DeadClass.class, DeadToo.class, DeadAgain.class).launch(3);

        assertThat(run.events()).hasSize(2 + 1 + 1);
    }

    @IscsiBooted(image = "dead", readyTimeout = "1s")
    static class Impatient {
        @Test
        void a() {}

        @Test
        @IscsiBooted(image = "dead", readyTimeout = "1h")
        void b() {}
    }

    @Test
    void what_was_too_slow_for_one_test_is_tried_by_one_with_more_patience() {
        assertThat(CaseRun.of(Impatient.class).events()).containsExactly("dead host", "dead host");
    }

    @IscsiBooted(image = "debian")
    static class AsksForTooMuch {
        @Nested
        @IscsiBooted(image = "debian", name = "s1", revert = Revert.PER_CLASS)
        @IscsiBooted(image = "debian", name = "s2", revert = Revert.PER_CLASS)
        class A {
            @Test
            void a() {}
        }

        @Test
        void b(BootedHost host) {
            host.run("b");
        }
    }

    @Test
    void a_mistake_stops_only_what_it_concerns() {
        CaseRun run = CaseRun.prepare(AsksForTooMuch.class).machines(2).execute();

        assertThat(run.failure())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("needs 3 machines at once");
        assertThat(run.events()).contains("host#1 b");
    }

    @IscsiBooted(image = "unknown")
    static class Unknown {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {}
    }

    @Test
    void an_unknown_image_is_the_mistake_of_each_test_that_names_it() {
        CaseRun run = CaseRun.of(Unknown.class);

        assertThat(run.failures())
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessage("There is no image 'unknown' in the catalogue."));
    }

    @IscsiBooted(image = "debian", name = "a")
    @IscsiBooted(image = "debian", name = "b")
    @IscsiBooted(image = "debian", name = "c", revert = Revert.PER_CLASS)
    static class TooMany {
        @Test
        void test() {}
    }

    @Test
    void a_test_that_needs_more_machines_than_there_may_be_does_not_wait_for_ever() {
        assertThat(CaseRun.prepare(TooMany.class).machines(2).execute().failure())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("BootFailureTest.TooMany.test() needs 3 machines at once, and sanboot.machines allows 2;"
                        + " set it to 3 or more.");
    }

    @IscsiBooted(image = "debian")
    static class LabBreaks {
        @Test
        void test(BootedHost host) {
            host.run("break");
            fail("ssh: connection lost");
        }
    }

    @Test
    void a_test_that_fails_on_a_broken_lab_is_an_infrastructure_failure() {
        CaseRun run = CaseRun.of(LabBreaks.class);

        assertThat(run.failure())
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("The lab broke, so this failure says nothing about the product."
                        + " host: QEMU died: out of memory.")
                .hasCauseInstanceOf(AssertionError.class)
                .hasRootCauseMessage("ssh: connection lost");
        assertThat(run.failure().getSuppressed()).isEmpty();
        assertThat(run.lab().descriptions().get(0).kind()).isEqualTo(Kind.INFRASTRUCTURE);
    }

    @IscsiBooted(image = "debian")
    static class LabBreaksUnnoticed {
        @Test
        void test(BootedHost host) {
            host.run("break");
        }
    }

    @Test
    void a_test_that_passes_on_a_broken_lab_is_an_infrastructure_failure_too() {
        CaseRun run = CaseRun.of(LabBreaksUnnoticed.class);

        assertThat(run.failure())
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("The lab broke, though the test did not fail on it. host: QEMU died: out of memory.");
        assertThat(run.events()).endsWith("end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class LabBreaksForAll {
        @Test
        void a(BootedHost host) {
            host.run("break");
        }

        @Test
        void b() {}

        @Test
        void c() {}
    }

    @Test
    void tests_that_share_a_broken_machine_are_errors_of_one_line_after_the_first_one() {
        CaseRun run = CaseRun.of(LabBreaksForAll.class);

        assertThat(run.failures()).hasSize(3);
        assertThat(run.failures().subList(1, 3))
                .extracting(Throwable::getMessage)
                .containsOnly("Not run: the machine host of the class broke in BootFailureTest.LabBreaksForAll.a();"
                        + " see there.");
        assertThat(run.aborts()).isEmpty();
        assertThat(run.events()).endsWith("end host#1", "keep host#1");
    }

    @ExtendWith(SanbootExtension.class)
    static class NothingStated {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void a_test_without_a_machine_says_what_to_do() {
        assertThat(CaseRun.of(NothingStated.class).failure())
                .hasMessageContaining("there is no machine here; annotate the class or the method with @IscsiBooted.");
    }
}
