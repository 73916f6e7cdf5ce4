package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuestPanicTest {

    @Test
    void a_panic_of_the_pvpanic_device_is_shown_as_qemu_tells_it() {
        assertThat(described("{'action':'pause'}")).isEqualTo("GUEST_PANICKED {\"action\":\"pause\"}");
    }

    @Test
    void a_bugcheck_is_known_by_its_number_and_name() {
        assertThat(described("{'action':'pause','info':{'type':'hyper-v','arg1':123,'arg2':18446735285285617680,"
                        + "'arg3':3221225524,'arg4':0,'arg5':0}}"))
                .startsWith("Windows bugcheck 0x7B INACCESSIBLE_BOOT_DEVICE (0x")
                .endsWith("0xC0000034, 0x0, 0x0)");
        assertThat(described("{'info':{'type':'hyper-v','arg1':4660}}"))
                .isEqualTo("Windows bugcheck 0x1234 (0x0, 0x0, 0x0, 0x0)");
    }

    private static String described(String data) {
        QmpMessage message =
                QmpMessage.parse("{\"event\":\"GUEST_PANICKED\",\"data\":" + data.replace('\'', '"') + "}");
        return GuestPanic.describe(((QmpMessage.Event) message).data());
    }
}
