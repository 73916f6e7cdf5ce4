package org.sanboot.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.LabNetwork.Dhcp;

class InventoryTest {

    private static final String LAB = """
            network:
              address: 10.78.0.1
              device: lab0
              dhcp: own
              range: 10.78.0.100-10.78.0.199
            types:
              nuc13:
                firmware: uefi
                nic: Intel I226-V
                managementPort: dedicated
                labels: [intel, fast]
                timeouts: {script: 90s}
                power:
                  ipmi: {user: ADMIN, password: env:BMC_PASSWORD, cipherSuite: 3}
              old:
                firmware: bios
                power: {wakeOnLan: {broadcast: 10.78.0.255}}
            hosts:
              nuc-1: {type: nuc13, mac: 52:54:00:00:00:01, bmc: 10.78.0.11}
              nuc-2:
                type: nuc13
                mac: 52-54-00-00-00-AB
                bmc: 10.78.0.12
                labels: window-seat
                power: {ipmi: {port: 6230}}
                outlet:
                  snmp: {address: 10.78.0.5, community: file:/etc/pdu, outlet: 1.3.6.1.4.1.318.1.1.4.4.2.1.3.2}
              attic: {type: old, mac: 52:54:00:00:00:02, address: attic.lab}
            """;

    @TempDir
    private Path directory;

    @Test
    void a_host_takes_from_its_type_what_it_does_not_say_itself() {
        Inventory inventory = read(LAB);

        assertThat(inventory.hosts()).extracting(PhysicalHost::name).containsExactly("nuc-1", "nuc-2", "attic");
        assertThat(inventory.host("nuc-1").power()).isInstanceOfSatisfying(PowerConnection.Ipmi.class, ipmi -> {
            assertThat(ipmi.address()).isEqualTo("10.78.0.11");
            assertThat(ipmi.user()).isEqualTo("ADMIN");
            assertThat(ipmi.cipherSuite()).isEqualTo(3);
            assertThat(ipmi.port()).isEqualTo(623);
            assertThat(ipmi.interval()).isEqualTo(Duration.ofSeconds(5));
        });
        assertThat(inventory.host("nuc-2").power()).isInstanceOfSatisfying(PowerConnection.Ipmi.class, ipmi -> {
            assertThat(ipmi.address()).isEqualTo("10.78.0.12");
            assertThat(ipmi.port()).isEqualTo(6230);
            assertThat(ipmi.password()).hasToString("env:BMC_PASSWORD");
        });
        assertThat(inventory.host("nuc-2").outlet()).isInstanceOf(PowerConnection.SnmpOutlet.class);
        assertThat(inventory.host("nuc-2").mac()).hasToString("52:54:00:00:00:ab");
        assertThat(inventory.host("attic").address()).contains("attic.lab");
    }

    @Test
    void types_and_network_are_read_with_their_defaults() {
        Inventory inventory = read(LAB);

        assertThat(inventory.network()).hasValueSatisfying(network -> {
            assertThat(network.address().getHostAddress()).isEqualTo("10.78.0.1");
            assertThat(network.dhcp()).isEqualTo(Dhcp.OWN);
            assertThat(network.httpPort()).isEqualTo(8067);
        });
        MachineType nuc = inventory.host("nuc-1").type();
        assertThat(nuc.firmware()).isEqualTo(Firmware.UEFI);
        assertThat(nuc.managementPort()).isEqualTo(ManagementPort.DEDICATED);
        assertThat(nuc.timeouts())
                .isEqualTo(new StageTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(90)));
        assertThat(inventory.host("attic").type().managementPort())
                .as("what is not known is taken for shared")
                .isEqualTo(ManagementPort.SHARED);
    }

    @Test
    void a_requirement_selects_hosts_and_virtual_machines_alike() {
        Inventory inventory = read(LAB);

        assertThat(inventory.select(Requirement.parse("nuc13 & intel")).hosts())
                .extracting(PhysicalHost::name)
                .containsExactly("nuc-1", "nuc-2");
        assertThat(inventory.select(Requirement.parse("window-seat")).hosts())
                .extracting(PhysicalHost::name)
                .containsExactly("nuc-2");
        assertThat(inventory.select(Requirement.parse("qemu")))
                .isEqualTo(new Inventory.Selection(List.of(VirtualType.QEMU), List.of()));
        assertThat(inventory.select(Requirement.parse("bios")).virtual()).containsExactly(VirtualType.QEMU);
        assertThat(inventory.select(Requirement.parse("bios")).hosts()).hasSize(1);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> inventory.select(Requirement.parse("amd")))
                .withMessageContaining("\"amd\"")
                .withMessageContaining("nuc13")
                .withMessageContaining("qemu");
    }

    @Test
    void a_type_of_virtual_machines_pins_what_it_says_and_leaves_the_rest_open() {
        Inventory inventory = read("""
                types:
                  laptop-vm: {kind: qemu, firmware: uefi, nic: e1000e, slot: 6, memory: 2G, labels: [intel]}
                """);

        assertThat(inventory.select(Requirement.parse("intel & uefi")).virtual())
                .singleElement()
                .isEqualTo(new VirtualType("laptop-vm", Firmware.UEFI, "e1000e", 6, 2048, null, Set.of("intel")));
        assertThat(inventory.select(Requirement.parse("qemu & !intel")).virtual())
                .containsExactly(VirtualType.QEMU);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> inventory.select(Requirement.parse("intel & bios")));
    }

    @Test
    void the_example_in_the_readme_is_an_inventory() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        String section = readme.split("## Physical hosts\\n", 2)[1];
        String yaml = section.split("```yaml\\n", 2)[1].split("```", 2)[0];

        assertThat(read(yaml).select(Requirement.parse("amd & uefi")).hosts())
                .extracting(PhysicalHost::name)
                .containsExactly("rack2");
    }

    @Test
    void without_an_inventory_a_requirement_that_does_not_fit_says_so() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> Inventory.virtualOnly().select(Requirement.parse("nuc13")))
                .withMessageContaining("No machine of the inventory fits \"nuc13\"")
                .withMessageContaining("sanboot-lab.yaml was not found");
    }

    @Test
    void all_mistakes_are_reported_together_with_their_lines() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("""
                        network: {address: lab.example, iscsiPort: 99999}
                        types:
                          nuc13:
                            firmware: efi
                            colour: red
                            timeouts: {script: soon}
                          old: {firmware: bios, boot: http}
                        hosts:
                          one: {type: nuc14, mac: 52:54:00:00:00:01}
                          two:
                            type: old
                            mac: 52:54:00:00:00:02
                            power:
                              ipmi: {user: ADMIN, password: geheim}
                          three:
                            type: old
                            mac: 52:54:00:00:00
                            power: {ipmi: {address: b}, redfish: {address: b}}
                          two: {}
                        """))
                .satisfies(error -> assertThat(error.getMessage().lines())
                        .satisfiesExactly(
                                line -> assertThat(line).endsWith("sanboot-lab.yaml has 13 mistakes:"),
                                line -> assertThat(line)
                                        .startsWith("  line 1: ")
                                        .contains("'lab.example'"),
                                line -> assertThat(line)
                                        .startsWith("  line 1: ")
                                        .contains("'99999'"),
                                line -> assertThat(line)
                                        .startsWith("  line 4: ")
                                        .contains("bios, uefi"),
                                line -> assertThat(line)
                                        .startsWith("  line 5: ")
                                        .contains("'colour'"),
                                line -> assertThat(line)
                                        .startsWith("  line 6: ")
                                        .contains("'soon'"),
                                line -> assertThat(line)
                                        .startsWith("  line 7: ")
                                        .contains("http"),
                                line -> assertThat(line)
                                        .startsWith("  line 9: ")
                                        .contains("'nuc14'"),
                                line -> assertThat(line)
                                        .startsWith("  line 9: ")
                                        .contains("no 'power'"),
                                line -> assertThat(line)
                                        .startsWith("  line 14: ")
                                        .contains("no 'address'"),
                                line -> assertThat(line)
                                        .startsWith("  line 14: ")
                                        .contains("env:NAME"),
                                line -> assertThat(line)
                                        .startsWith("  line 17: ")
                                        .contains("MAC"),
                                line -> assertThat(line)
                                        .startsWith("  line 18: ")
                                        .contains("exactly one"),
                                line -> assertThat(line)
                                        .startsWith("  line 19: ")
                                        .contains("twice")))
                .withMessageNotContaining("geheim");
    }

    @Test
    void what_is_not_yaml_is_refused_with_its_line() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("types:\n  a: [1\nhosts: }"))
                .withMessageContaining("is not YAML: line 3");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(""))
                .withMessageContaining("is empty");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("- a\n- b\n"))
                .withMessageContaining("line 1: the inventory must be a mapping");
    }

    @Test
    void two_hosts_cannot_have_one_mac_address_and_need_a_network() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read("""
                        types:
                          old: {firmware: bios, power: {wakeOnLan: {}}}
                        hosts:
                          one: {type: old, mac: 52:54:00:00:00:01}
                          two: {type: old, mac: 52:54:00:00:00:01}
                          old: {type: old, mac: 52:54:00:00:00:03}
                        """))
                .withMessageContaining("line 1: physical hosts need a 'network'")
                .withMessageContaining("line 5: host 'two' has the MAC address of 'one'")
                .withMessageContaining("line 6: host 'old' has the name of a type");
    }

    @Test
    void a_lab_without_a_file_has_virtual_machines_only() {
        assertThat(Inventory.find(directory)).isEqualTo(Inventory.virtualOnly());
    }

    @Test
    void the_file_of_the_home_is_found() throws IOException {
        Files.writeString(directory.resolve(Inventory.FILE), LAB);

        assertThat(Inventory.find(directory).hosts()).hasSize(3);
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        Path missing = directory.resolve("missing.yaml");

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> Inventory.read(missing))
                .withMessageContaining(missing.toString());
    }

    private Inventory read(String yaml) {
        try {
            return Inventory.read(Files.writeString(directory.resolve(Inventory.FILE), yaml));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
