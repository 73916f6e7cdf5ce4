package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sanboot.lab.BootedHost;

/** The one lab of a run. */
class LabSessionTest {

    @IscsiBooted(image = "debian")
    static class First {
        @Test
        void test(BootedHost host) {}
    }

    @IscsiBooted(image = "debian")
    static class Second {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void one_lab_serves_all_classes_and_is_closed_at_the_end() {
        CaseRun run = CaseRun.of(First.class, Second.class);

        assertThat(run.lab().events()).hasSize(7).endsWith("close");
        assertThat(run.lab().events()).filteredOn("close"::equals).hasSize(1);
        assertThat(run.printed())
                .endsWith("[sanboot] 2 machines booted in 10.0 s on average, 0 did not boot, 2 clones made;"
                        + " boot 20.0 s, test 3.0 s, teardown 0.1 s; no failure kept");
    }

    static class Plain {
        @Test
        void test() {}
    }

    @Test
    void a_run_without_machines_prints_nothing() {
        CaseRun run = CaseRun.of(Plain.class);

        assertThat(run.printed()).isEmpty();
    }
}
