package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sanboot.ConfigurationException;
import org.sanboot.lab.BootedHost;

/** A failed test's machines stay up for a person to look at. */
@Timeout(60)
class HoldTest {

    private static final byte[] ENTER = {'\n'};

    @IscsiBooted(image = "debian")
    static class Fails {
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
    void the_machine_of_a_failed_test_stays_as_it_is_until_the_time_is_over() {
        CaseRun run = CaseRun.prepare(Fails.class).with("sanboot.hold", "PT0.3S");
        long begun = System.nanoTime();

        run.execute();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(300));
        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "witness host#1",
                        "open host#1",
                        "shut host#1",
                        "host#1 after",
                        "end host#1",
                        "keep host#1");
        assertThat(String.join("\n", run.printed()).lines())
                .containsSubsequence(
                        "[sanboot] HoldTest.Fails.test() failed; what it ran on stays up for 0.3 s",
                        "host:",
                        "  ssh       ssh root@host#1",
                        "[sanboot] HoldTest.Fails.test() goes on");
        assertThat(run.failure()).hasMessage("broken product");
    }

    @Test
    void enter_lets_it_go_on() {
        CaseRun run = CaseRun.prepare(Fails.class)
                .with("sanboot.hold", "10m")
                .keyboard(() -> new Keyboard(new TypedAfterwards(ENTER), () -> true))
                .execute();

        assertThat(String.join("\n", run.printed()))
                .contains("stays up for 10 min, or until you press Enter here")
                .contains("goes on");
    }

    /** Has nothing to read when it is first looked at. */
    private static final class TypedAfterwards extends ByteArrayInputStream {
        private boolean looked;

        TypedAfterwards(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int available() {
            int available = looked ? super.available() : 0;
            looked = true;
            return available;
        }
    }

    @Test
    void what_was_typed_before_does_not_count_as_enter() {
        assertThat(new Keyboard(new ByteArrayInputStream(ENTER), () -> true).entered())
                .isFalse();
        assertThat(new Keyboard(InputStream.nullInputStream(), () -> true).entered())
                .isFalse();
    }

    @IscsiBooted(image = "debian")
    static class DoesNotFail {
        @Test
        void aborts(BootedHost host) {
            Assumptions.abort("not here");
        }

        @Test
        void passes(BootedHost host) {}
    }

    @Test
    void nothing_is_held_of_what_did_not_fail() {
        CaseRun run =
                CaseRun.prepare(DoesNotFail.class).with("sanboot.hold", "10m").execute();

        assertThat(run.events()).noneMatch(event -> event.startsWith("open"));
    }

    @Test
    void nothing_is_held_unless_it_is_set() {
        assertThat(CaseRun.of(Fails.class).events()).noneMatch(event -> event.startsWith("open"));
    }

    @IscsiBooted(image = "debian")
    static class RunsOutOfTime {
        @Test
        @Timeout(value = 10, unit = TimeUnit.MILLISECONDS)
        void test(BootedHost host) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    @Test
    void the_interrupt_of_a_test_that_ran_out_of_time_does_not_end_the_hold() {
        CaseRun run = CaseRun.prepare(RunsOutOfTime.class).with("sanboot.hold", "PT0.3S");
        long begun = System.nanoTime();

        run.execute();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(300));
        assertThat(run.events()).contains("open host#1", "shut host#1");
    }

    @IscsiBooted(image = "dead")
    static class DoesNotBoot {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void a_machine_that_did_not_boot_is_held_at_its_last_attempt() {
        CaseRun run = CaseRun.prepare(DoesNotBoot.class)
                .with("sanboot.hold", "PT0.01S")
                .with("sanboot.bootRetries", "1")
                .execute();

        assertThat(run.events()).containsExactly("dead host", "dead host", "open host#dead", "shut host#dead");
    }

    @IscsiBooted(image = "debian")
    static class LosesItsMachine {
        @Test
        void test(BootedHost host) {
            host.run("break");
            fail("ssh: connection lost");
        }
    }

    @Test
    void a_machine_that_is_off_is_not_waited_for() {
        CaseRun run = CaseRun.prepare(LosesItsMachine.class)
                .with("sanboot.hold", "10m")
                .execute();

        assertThat(run.events()).contains("open host#1", "shut host#1");
        assertThat(String.join("\n", run.printed())).doesNotContain("stays up");
    }

    static class FailsLate implements AfterEachCallback {
        @Override
        public void afterEach(ExtensionContext context) {
            fail("extension");
        }
    }

    @IscsiBooted(image = "debian")
    @ExtendWith(FailsLate.class)
    static class FailsInAnExtension {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void what_fails_after_the_test_is_held_before_the_machine_is_given_back() {
        CaseRun run = CaseRun.prepare(FailsInAnExtension.class)
                .with("sanboot.hold", "PT0.01S")
                .execute();

        assertThat(run.events())
                .containsExactly("boot host#1", "open host#1", "shut host#1", "end host#1", "keep host#1");
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class SharesAMachine {
        @Test
        void a(BootedHost host) {
            fail("a");
        }

        @Test
        void b(BootedHost host) {
            fail("b");
        }
    }

    @Test
    void each_test_that_fails_holds_the_machine_of_its_class() {
        CaseRun run = CaseRun.prepare(SharesAMachine.class)
                .with("sanboot.hold", "PT0.01S")
                .execute();

        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "witness host#1",
                        "open host#1",
                        "shut host#1",
                        "witness host#1",
                        "open host#1",
                        "shut host#1",
                        "end host#1",
                        "keep host#1");
    }

    @Test
    void a_time_that_is_none_is_refused() {
        assertThat(CaseRun.prepare(Fails.class)
                        .with("sanboot.hold", "soon")
                        .execute()
                        .failures())
                .first()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessage("sanboot.hold: 'soon' is not a time; write 90s, 5m, 1h, 2d or PT1M30S."));
    }
}
