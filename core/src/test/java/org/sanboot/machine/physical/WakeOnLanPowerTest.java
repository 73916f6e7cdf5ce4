package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.MacAddress;
import org.sanboot.inventory.PowerConnection;

class WakeOnLanPowerTest {

    @Test
    void a_magic_packet_of_102_octets_is_seen_on_the_wire() throws IOException {
        try (DatagramSocket wire = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            wire.setSoTimeout(5000);
            new WakeOnLanPower(
                            new PowerConnection.WakeOnLan("127.0.0.1", wire.getLocalPort()),
                            new MacAddress("52:54:00:12:34:56"))
                    .on();

            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            wire.receive(packet);
            assertThat(HexFormat.of().formatHex(Arrays.copyOf(packet.getData(), packet.getLength())))
                    .isEqualTo("ffffffffffff" + "525400123456".repeat(16));
        }
    }

    @Test
    void a_host_that_can_only_be_woken_needs_an_outlet() {
        PowerConnection.WakeOnLan connection = new PowerConnection.WakeOnLan("127.0.0.1", 9);
        PowerControl power = new WakeOnLanPower(connection, TestHosts.MAC);

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> new ColdCycle(TestHosts.host(Firmware.BIOS, connection), power, null))
                .withMessageContaining("Host host1 cannot be switched off");
    }
}
