package org.sanboot.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BugcheckTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Stop code: INACCESSIBLE_BOOT_DEVICE | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "Stoppcode: INACCESSIBLE BOOT DEVICE | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "Stop code: INACCESSIBLE_BOOT_DEVICE (0x78) | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "lnaccessible... lNACCESSlBLE BOGT DEVlCE | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "Stop code: DRIVER_POWER_STATE_FALLURE : | 0x9F DRIVER_POWER_STATE_FAILURE",
                "*** STOP: 0x00000078 (0x80786B58, 0xC0000034) | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "Stop code: DRIVER_IRQL_NOT_LESS_OR_EQUAL | 0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL",
                "Stop code: IRQL_NOT_LESS_OR_EQUAL | 0xA IRQL_NOT_LESS_OR_EQUAL",
                "*** STOP: 0x0000007B (0x80786B58, 0xC0000034) | 0x7B INACCESSIBLE_BOOT_DEVICE",
                "Stop code: 0x1234 | 0x1234",
                "Windows bugcheck 0x1234 (0x0, 0x0, 0x0, 0x0) | 0x1234"
            })
    void it_is_found_by_its_name_and_else_by_its_number(String text, String expected) {
        assertThat(Bugcheck.namedIn("Your device ran into a problem.\n" + text + "\n"))
                .hasToString(found(expected));
    }

    @Test
    void other_text_names_none() {
        assertThat(Bugcheck.namedIn("Booting from SAN device 0x80\nto stop, press 0x"))
                .isEmpty();
    }

    private static String found(String expected) {
        return "Optional[" + expected + "]";
    }
}
