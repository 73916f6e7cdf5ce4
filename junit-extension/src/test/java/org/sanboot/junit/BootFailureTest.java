package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
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
    void the_first_test_fails_with_the_cause_and_further_ones_that_need_the_same_machine_are_aborted() {
        CaseRun run = CaseRun.of(Dead.class);

        assertThat(run.failure()).isInstanceOf(BootFailedException.class).hasMessageStartingWith("no firmware login");
        assertThat(run.aborts())
                .hasSize(2)
                .containsOnly("Not run: boot failed. dead did not boot for BootFailureTest.Dead.a(), which says why;"
                        + " what it left is in /failures/dead");
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
    void a_class_whose_machine_does_not_boot_fails_once() {
        CaseRun run = CaseRun.of(DeadClass.class);

        assertThat(run.failure()).isInstanceOf(BootFailedException.class);
        run.tests().assertStatistics(statistics -> statistics.started(0));
    }

    @IscsiBooted(image = "unknown")
    static class Unknown {
        @Test
        void a(BootedHost host) {}

        @Test
        void b(BootedHost host) {}
    }

    @Test
    void an_unknown_image_is_reported_once() {
        CaseRun run = CaseRun.of(Unknown.class);

        assertThat(run.failure())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("There is no image 'unknown' in the catalogue.");
        assertThat(run.aborts()).hasSize(1);
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
    void tests_that_share_a_broken_machine_are_aborted_after_the_first_one() {
        CaseRun run = CaseRun.of(LabBreaksForAll.class);

        assertThat(run.failure()).isInstanceOf(InfrastructureException.class);
        assertThat(run.aborts())
                .hasSize(2)
                .containsOnly("Not run: the machine host of the class broke in BootFailureTest.LabBreaksForAll.a(),"
                        + " which says why.");
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
