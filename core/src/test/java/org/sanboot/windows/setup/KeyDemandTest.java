package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.setup.KeyDemand.Demand;

class KeyDemandTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "ServerStandardEval | true  | - | NOT_ASKED",
                "EnterpriseEval     | false | [Channel]#_Default#[VL]#0 | NOT_ASKED",
                "Professional       | false | - | ASKED",
                "CoreSingleLanguage | false | - | ASKED",
                "Education          | false | - | ASKED",
                "Enterprise         | false | - | UNKNOWN",
                "ServerStandard     | true  | - | UNKNOWN",
                "Professional       | false | [EditionID]#Professional#[Channel]#Retail#[VL]#0 | ASKED",
                "Professional       | false | [Channel]#OEM#[VL]#0 | ASKED",
                "Professional       | false | [Channel]#_Default#[VL]#0 | ASKED",
                "Professional       | false | [Channel]#Volume#[VL]#1 | NOT_ASKED",
                "Enterprise         | false | [EditionID]#Enterprise#[Channel]#Retail#[vl]#1 | NOT_ASKED",
                "ServerStandard     | true  | [EditionID]##[Channel]#Retail#[VL]#0 | ASKED",
                "Professional       | false | rubbish | ASKED"
            })
    void an_edition_and_its_medium_say_whether_setup_asks(String id, boolean server, String eiCfg, Demand demand) {
        WindowsEdition edition = new WindowsEdition(
                1, id, id, id, server, WindowsEdition.AMD64, 10, 0, 26100, List.of("en-US"), "en-US");

        assertThat(KeyDemand.of(edition, Optional.ofNullable(eiCfg).map(text -> text.replace("#", "\r\n")))
                        .demand())
                .isEqualTo(demand);
    }

    @Test
    void the_reason_is_what_the_medium_says() {
        assertThat(KeyDemand.of(Samples.WINDOWS_10, Optional.of("[Channel]\r\nRetail\r\n[VL]\r\n0\r\n"))
                        .reason())
                .isEqualTo("sources/ei.cfg says channel Retail, volume licence 0");
    }

    @Test
    void the_key_of_a_medium_is_found() {
        assertThat(KeyDemand.keyIn("[PID]\r\nValue=w269n-WFGWX-YVC9B-4J6C9-T83GX\r\n"))
                .contains("W269N-WFGWX-YVC9B-4J6C9-T83GX");
        assertThat(KeyDemand.keyIn("[PID]\r\n")).isEmpty();
    }
}
