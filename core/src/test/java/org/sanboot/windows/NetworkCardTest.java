package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkCardTest {

    @ParameterizedTest
    @CsvSource({
        "PCI\\VEN_8086&DEV_1502&SUBSYS_05341028&REV_04\\3&11583659&0&C8, 19.0",
        "PCI\\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01\\4&B70F118&0&0888, 11.0/01.0",
        "PCI\\VEN_14E4&DEV_4727&SUBSYS_00151028&REV_01\\4&752ea02&0&00E1, 1c.1/00.0"
    })
    void a_card_s_place_is_read_from_its_instance(String instance, String location) {
        NetworkCard card = card(instance);

        assertThat(card.location()).hasValue(location);
        assertThat(card.isKnownBySerialNumber()).isFalse();
    }

    @Test
    void a_card_with_a_serial_number_has_no_place() {
        NetworkCard card = card("PCI\\VEN_8086&DEV_10D3&SUBSYS_00008086&REV_00\\525400FFFF12345600");

        assertThat(card.location()).isEmpty();
        assertThat(card.isKnownBySerialNumber()).isTrue();
        assertThat(card.hardwareId()).isEqualTo("PCI\\VEN_8086&DEV_10D3");
    }

    @Test
    void a_model_is_recognised_in_any_case_and_revision() {
        NetworkCard card = card("pci\\ven_8086&dev_100e&subsys_11001AF4&rev_03\\3&11583659&0&20");

        assertThat(card.isModel("PCI\\VEN_8086&DEV_100E")).isTrue();
        assertThat(card.isModel("PCI\\VEN_8086&DEV_10D3")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "B06BDRV\\L2ND&PCI_163914E4&SUBSYS_02361028&REV_20\\5&2B2F0F4&0&20050100, PCI\\VEN_14E4&DEV_1639",
        "b06bdrv\\l2nd&pci_164c14e4&subsys_01b21028&rev_12\\5&2b2f0f4&0&20050100, PCI\\VEN_14E4&DEV_164C",
        "EBDRV\\L2ND&PCI_168E14E4&SUBSYS_1F5F1028&REV_10\\6&1D0B2F&0&30050200, PCI\\VEN_14E4&DEV_168E"
    })
    void a_card_behind_a_vendor_s_bus_driver_is_known_by_the_pci_device_it_is_on(String instance, String hardwareId) {
        NetworkCard card = card(instance);

        assertThat(card.isBehindABusDriver()).isTrue();
        assertThat(card.hardwareId()).isEqualTo(hardwareId);
        assertThat(card.isModel(hardwareId)).isTrue();
        assertThat(card.isModel("PCI\\VEN_8086&DEV_100E")).isFalse();
        assertThat(card.location()).isEmpty();
    }

    @Test
    void a_card_on_vmbus_is_known_by_its_class_there() {
        NetworkCard card = card("VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}\\{0a1b}");

        assertThat(card.hardwareId()).isEqualTo("VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}");
        assertThat(card.isModel(card.hardwareId())).isTrue();
    }

    @Test
    void what_is_no_instance_is_taken_as_it_is() {
        assertThat(card("").location()).isEmpty();
        assertThat(card("x").hardwareId()).isEqualTo("x");
    }

    private static NetworkCard card(String instance) {
        return new NetworkCard(
                "key",
                "card",
                instance,
                NetworkCard.State.ENABLED,
                Optional.empty(),
                new DriverService("E1G60", 3, 1, DriverService.File.PRESENT),
                List.of());
    }
}
