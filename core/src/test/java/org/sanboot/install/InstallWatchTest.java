package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.InfrastructureException;
import org.sanboot.image.GuestFamily;
import org.sanboot.install.InstallWatch.Boot;
import org.sanboot.install.InstallWatch.Next;
import org.sanboot.install.ScreenWatch.Change;

class InstallWatchTest {

    private static final long IPXE = 0x4000_2723_0001L;
    private static final long SYSTEM = 0x0002_3d00_0001L;

    private final AtomicLong now = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final List<InstallProgress> told = new ArrayList<>();

    private String picture = "";

    @TempDir
    private Path directory;

    private Path iso;

    @BeforeEach
    void makeMedium() throws IOException {
        iso = Files.writeString(directory.resolve("installer.iso"), "an installer");
    }

    private InstallWatch watch(InstallEnd end) {
        InstallRecipe recipe = InstallRecipe.builder(GuestFamily.LINUX, ByteSize.parse("1G"))
                .disc(iso)
                .end(end)
                .stuckAfter(Duration.ofMinutes(10))
                .timeout(Duration.ofHours(1))
                .build();
        InstallWatch watch = new InstallWatch(recipe, told::add, written::get, () -> picture, now::get);
        watch.reached(InstallStage.PREPARED, "");
        return watch;
    }

    private void pass(Duration time) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(time.toMillis()));
    }

    @Test
    void the_disk_boots_from_the_restart_on_that_follows_the_first_write() {
        InstallWatch watch = watch(new InstallEnd.SystemPowerOff());

        assertThat(watch.booting()).isEqualTo(Boot.INSTALLER);
        assertThat(watch.booting()).isEqualTo(Boot.INSTALLER);
        written.set(512);
        assertThat(watch.booting()).isEqualTo(Boot.DISK);
        assertThat(watch.booting()).isEqualTo(Boot.DISK);
    }

    @Test
    void an_installer_that_restarts_again_and_again_without_writing_is_given_up() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        for (int i = 0; i < 4; i++) {
            watch.booting();
        }

        assertThatThrownBy(watch::await)
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("the installer was started 3 times and never wrote to the disk");
    }

    @Test
    void a_system_that_restarts_again_and_again_without_its_disk_is_given_up() {
        written.set(1);
        InstallWatch watch = watch(new InstallEnd.SystemPowerOff());
        watch.booting();
        for (int i = 0; i < 3; i++) {
            watch.booting();
            watch.loggedIn(IPXE + i);
        }
        assertThat(watch.isOver()).isFalse();
        watch.booting();

        assertThatThrownBy(watch::await)
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining(
                        "the installed system was started 3 times in a row and never logged in to its disk");
    }

    @Test
    void a_system_that_logs_in_between_is_not_given_up() {
        written.set(1);
        InstallWatch watch = watch(new InstallEnd.SystemPowerOff());
        watch.booting();
        for (int i = 0; i < 9; i++) {
            watch.booting();
            watch.loggedIn(IPXE + i);
            if (i % 3 == 2) {
                watch.loggedIn(SYSTEM);
            }
        }

        assertThat(watch.isOver()).isFalse();
    }

    @Test
    void the_session_of_another_initiator_than_ipxe_is_the_installers_and_later_the_systems() {
        InstallWatch watch = watch(new InstallEnd.SystemPowerOff());
        watch.booting();
        watch.loggedIn(IPXE);
        watch.loggedIn(IPXE + 1);
        assertThat(stages()).doesNotContain(InstallStage.INSTALLER_LOGIN);
        watch.loggedIn(SYSTEM);
        written.set(1);
        watch.booting();
        watch.loggedIn(IPXE + 2);
        assertThat(watch.systemRuns()).isFalse();
        watch.loggedIn(SYSTEM);

        assertThat(watch.systemRuns()).isTrue();
        assertThat(stages())
                .containsExactly(
                        InstallStage.PREPARED,
                        InstallStage.INSTALLER_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.INSTALLER_LOGIN,
                        InstallStage.FIRST_WRITE,
                        InstallStage.DISK_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.SYSTEM_LOGIN);
    }

    @Test
    void a_power_off_is_the_end_or_a_restart_depending_on_the_recipe() {
        written.set(1);
        InstallWatch anyPowerOff = watch(new InstallEnd.PowerOff());
        anyPowerOff.booting();
        anyPowerOff.poweredOff();
        assertThat(anyPowerOff.await()).isEqualTo(Next.FINISH);

        InstallWatch systemPowerOff = watch(new InstallEnd.SystemPowerOff());
        systemPowerOff.booting();
        systemPowerOff.poweredOff();
        assertThat(systemPowerOff.await()).isEqualTo(Next.POWER_ON);
        systemPowerOff.booting();
        systemPowerOff.loggedIn(IPXE);
        systemPowerOff.loggedIn(SYSTEM);
        systemPowerOff.poweredOff();
        assertThat(systemPowerOff.await()).isEqualTo(Next.FINISH);
    }

    @Test
    void a_machine_that_goes_off_with_a_blank_disk_has_failed() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        watch.poweredOff();

        assertThatThrownBy(watch::await)
                .hasMessageContaining("the installer switched the machine off without having written to the disk");
    }

    @Test
    void where_the_restart_is_the_end_the_installed_system_is_not_waited_for() {
        InstallWatch watch = watch(new InstallEnd.Restart());
        watch.booting();
        written.set(1);
        watch.booting();

        assertThat(watch.await()).isEqualTo(Next.FINISH);
        assertThat(stages()).endsWith(InstallStage.FIRST_WRITE, InstallStage.COMPLETE);
    }

    @Test
    void it_is_stuck_when_nothing_new_is_written_printed_or_shown() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        pass(Duration.ofMinutes(9));
        watch.printed("Which keyboard is it? 12:01");
        pass(Duration.ofMinutes(9));
        watch.pictured(Change.LARGE);
        pass(Duration.ofMinutes(9));
        watch.printed("Which keyboard is it? 12:19");
        pass(Duration.ofMinutes(1));

        assertThatThrownBy(watch::await)
                .isInstanceOf(InfrastructureException.class)
                .hasMessage(
                        "The installation did not come to its end after 28 min 0 s: it is stuck: for 10 min 0 s nothing was written to the disk, printed on the console, or new on the screen. Most often it waits for an answer that the answer files do not give: the last picture shows which. The last stage was 'installer boots' (boot 1, 0 s after the start), the last sign of life was a new picture on the screen 10 min 0 s ago, and 0 B were written.");
    }

    @Test
    void it_takes_too_long_even_when_it_shows_signs_of_life() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        pass(Duration.ofMinutes(60));
        watch.pictured(Change.LARGE);

        assertThatThrownBy(watch::await).hasMessageContaining("it takes longer than 60 min 0 s");
    }

    @Test
    void a_clock_on_the_screen_and_an_idle_system_s_writes_hold_off_the_end_only_for_a_while() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        for (int minute = 0; minute < 39; minute++) {
            pass(Duration.ofMinutes(1));
            watch.pictured(Change.SMALL);
            written.addAndGet(4096);
            assertThat(watch.isOver()).isFalse();
        }
        watch.poweredOff();
        assertThat(watch.await()).isEqualTo(Next.FINISH);

        InstallWatch other = watch(new InstallEnd.SystemPowerOff());
        other.booting();
        for (int minute = 0; minute < 40; minute++) {
            pass(Duration.ofMinutes(1));
            other.pictured(Change.SMALL);
        }

        assertThatThrownBy(other::await)
                .hasMessageContaining(
                        "it is stuck: for 40 min 0 s there were only changes of the screen as small as a clock's and writes of less than 64.0 MiB");
    }

    @Test
    void much_that_is_written_is_a_sign_of_life() {
        InstallWatch watch = watch(new InstallEnd.SystemPowerOff());
        watch.booting();
        for (int minute = 0; minute < 50; minute++) {
            pass(Duration.ofMinutes(1));
            written.addAndGet(2 << 20);
            watch.pictured(Change.SMALL);
        }
        watch.booting();
        watch.loggedIn(IPXE);
        watch.loggedIn(SYSTEM);
        watch.poweredOff();

        assertThat(watch.await()).isEqualTo(Next.FINISH);
    }

    @Test
    void an_interruption_is_told_as_such() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        watch.brokeDown("it was interrupted");
        assertThat(watch.wasInterrupted()).as("by a guest that says so").isFalse();

        watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        watch.interrupted();
        watch.brokeDown("QEMU was ended by signal 9");

        assertThat(watch.wasInterrupted()).isTrue();
        assertThatThrownBy(watch::await).hasMessage("The installation was interrupted; nothing of it is kept.");
    }

    @Test
    void each_step_names_the_picture_of_its_time() {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        picture = "00003.png";
        pass(Duration.ofMillis(2500));
        watch.booting();

        assertThat(told)
                .extracting(InstallProgress::line)
                .containsExactly(
                        "     0.0 s  boot 0  blank disk exported", "     2.5 s  boot 1  installer boots  [00003.png]");
    }

    @Test
    void how_much_is_written_is_told_every_minute() throws Exception {
        InstallWatch watch = watch(new InstallEnd.PowerOff());
        watch.booting();
        written.set(3 << 20);
        pass(Duration.ofSeconds(61));
        watch.booting();
        written.set(5 << 20);
        pass(Duration.ofSeconds(61));
        watch.poweredOff();

        assertThat(told)
                .filteredOn(event -> event.stage() == InstallStage.WORKING)
                .extracting(InstallProgress::detail)
                .containsExactly("5.0 MiB written");
    }

    private List<InstallStage> stages() {
        return told.stream().map(InstallProgress::stage).toList();
    }
}
