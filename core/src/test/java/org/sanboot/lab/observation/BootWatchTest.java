package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.HostRequest;

class BootWatchTest {

    private static final long IPXE = 0x4000_2723_0001L;
    private static final long OPEN_ISCSI = 0x0002_3d01_0000L;

    private final AtomicLong now = new AtomicLong();
    private final List<BootProgress> told = new ArrayList<>();
    private final BootWatch watch = new BootWatch(
            HostRequest.of("debian")
                    .readyTimeout(Duration.ofSeconds(100))
                    .progress(told::add)
                    .build(),
            now::get);

    @Test
    void each_stage_is_told_once_with_the_time_since_the_boot_began() {
        watch.reached(BootStage.POWERED_ON);
        pass(3);
        watch.loggedIn(IPXE);
        watch.loggedIn(IPXE);

        assertThat(told)
                .containsExactly(
                        new BootProgress("host", "debian", BootStage.POWERED_ON, Duration.ZERO),
                        new BootProgress("host", "debian", BootStage.FIRMWARE_LOGIN, Duration.ofSeconds(3)));
    }

    @Test
    void firmware_that_logs_in_again_is_no_operating_system() {
        watch.loggedIn(IPXE);
        watch.loggedIn(IPXE + 1);

        assertThat(watch.stages()).containsOnlyKeys(BootStage.FIRMWARE_LOGIN);
        assertThat(watch.isids()).containsExactly(IPXE);
    }

    @Test
    void a_session_with_another_isid_is_the_operating_system() {
        watch.loggedIn(IPXE);
        watch.loggedIn(OPEN_ISCSI);

        assertThat(watch.stages()).containsOnlyKeys(BootStage.FIRMWARE_LOGIN, BootStage.OPERATING_SYSTEM_LOGIN);
    }

    @Test
    void the_first_session_after_going_on_from_a_saved_machine_is_the_operating_system_s() {
        watch.resuming(Set.of(IPXE, OPEN_ISCSI));
        watch.poweredOn();
        watch.loggedIn(OPEN_ISCSI);

        assertThat(watch.stages())
                .containsOnlyKeys(BootStage.POWERED_ON, BootStage.RESUMED, BootStage.OPERATING_SYSTEM_LOGIN);
        assertThat(watch.isids()).containsExactlyInAnyOrder(IPXE, OPEN_ISCSI);
    }

    @Test
    void a_machine_that_gets_its_power_again_boots_whatever_it_went_on_from_before() {
        watch.resuming(Set.of(IPXE, OPEN_ISCSI));
        watch.poweredOn();
        watch.poweredOn();
        watch.loggedIn(IPXE);

        assertThat(watch.stages()).containsOnlyKeys(BootStage.POWERED_ON, BootStage.FIRMWARE_LOGIN);
    }

    @Test
    void resets_on_end_are_one_beginning() {
        watch.poweredOn();
        watch.loggedIn(IPXE);
        told.clear();

        watch.wasReset();
        pass(1);
        watch.wasReset();

        assertThat(told).extracting(BootProgress::stage).containsExactly(BootStage.POWERED_ON);
        assertThat(watch.elapsed()).hasSeconds(1);
    }

    @Test
    void after_a_new_beginning_the_first_session_is_the_firmware_again() {
        watch.reached(BootStage.CLONED);
        watch.loggedIn(IPXE);
        watch.loggedIn(OPEN_ISCSI);
        watch.begin();
        watch.loggedIn(OPEN_ISCSI);

        assertThat(watch.stages()).containsOnlyKeys(BootStage.CLONED, BootStage.FIRMWARE_LOGIN);
    }

    @Test
    void a_breakdown_ends_a_wait_at_once() throws Exception {
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return watch.await(BootStage.OPERATING_SYSTEM_LOGIN);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        watch.brokeDown("QEMU ended: bad argument");

        assertThat(waiting.get(5, TimeUnit.SECONDS)).contains("QEMU ended: bad argument");
    }

    @Test
    void what_the_machine_tries_again_is_the_reason_only_when_the_time_is_over() {
        watch.reached(BootStage.POWERED_ON);
        watch.setBack("host web-1 could not boot from its disk");
        assertThat(watch.hopeless()).isEmpty();

        pass(51);

        assertThat(watch.hopeless())
                .contains("nothing more came for 51.0 s, and before that host web-1 could not boot from its disk");
    }

    @Test
    void a_stage_that_takes_more_than_its_share_makes_the_boot_hopeless_before_the_whole_time_is_over() {
        watch.reached(BootStage.POWERED_ON);
        pass(49);
        assertThat(watch.hopeless()).isEmpty();
        pass(2);
        assertThat(watch.hopeless()).contains("nothing more came for 51.0 s");
    }

    @Test
    void no_boot_takes_longer_than_the_ready_timeout() {
        watch.reached(BootStage.POWERED_ON);
        pass(40);
        watch.loggedIn(IPXE);
        pass(20);
        watch.reached(BootStage.FIRST_READ);
        pass(39);
        watch.loggedIn(OPEN_ISCSI);
        assertThat(watch.hopeless()).isEmpty();
        pass(2);
        assertThat(watch.hopeless()).isPresent();
    }

    @Test
    void the_time_until_a_physical_host_has_its_script_is_its_types_and_not_the_tests() {
        BootWatch physical = new BootWatch(
                HostRequest.of("debian").readyTimeout(Duration.ofSeconds(100)).build(),
                "host on rack1",
                Duration.ofMinutes(5),
                now::get);
        physical.reached(BootStage.POWERED_ON);
        pass(290);
        assertThat(physical.hopeless()).isEmpty();
        physical.reached(BootStage.SCRIPT_FETCHED);
        assertThat(physical.untilReadyTimeout()).isEqualTo(Duration.ofSeconds(100));
        pass(26);
        assertThat(physical.hopeless()).contains("nothing more came for 26.0 s");
        assertThat(physical.describe("nothing came", () -> ""))
                .startsWith("host on rack1 (image debian) did not become ready: it reached 'boot script fetched'");
    }

    @Test
    void the_story_of_a_failed_boot_names_the_stage_the_causes_and_the_console() {
        watch.reached(BootStage.POWERED_ON);
        watch.loggedIn(IPXE);
        watch.reached(BootStage.FIRST_READ);

        assertThat(watch.describe("nothing more came for 75.0 s", () -> "GRUB loading\nerror: no such device"))
                .isEqualTo("""
                        host (image debian) did not become ready: it reached 'first read', then nothing more came for 75.0 s.
                        Likely causes: the boot loader or kernel stopped, or the operating system has no driver for its network card or no iSCSI initiator in its early boot (on Windows: STOP 0x7B, a network driver or filter).
                        Last seen on the console:
                            GRUB loading
                            error: no such device""");
    }

    private void pass(int seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }
}
