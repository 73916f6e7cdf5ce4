package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleAlarmTest {

    private final List<String> alarms = new ArrayList<>();
    private final ConsoleAlarm alarm = new ConsoleAlarm(alarms::add);

    @Test
    void a_panic_is_heard_though_its_line_comes_in_pieces() {
        alarm.accept("[    1.2] Kernel pan");
        alarm.accept("ic - not syncing: VFS: Unable to mount root fs");
        assertThat(alarms).isEmpty();
        alarm.accept("\r\n");

        assertThat(alarms).containsExactly("Kernel panic - not syncing: VFS: Unable to mount root fs");
    }

    @Test
    void the_boot_script_that_gives_up_is_heard() {
        alarm.accept("sanboot-ipxe: failed with error 0x2c0d603b\nmore\n");

        assertThat(alarms).containsExactly("sanboot-ipxe: failed with error 0x2c0d603b");
    }

    @Test
    void everything_else_is_no_alarm() {
        alarm.accept("sanboot-ipxe: starting\nlogin: panic\n" + "x".repeat(10_000) + "\n");

        assertThat(alarms).isEmpty();
    }
}
