package org.sanboot.lab.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.VirtualType;
import org.sanboot.lab.HostRequest;

class MachineChoiceTest {

    private static final GoldenImage BOTH = image(Firmware.BIOS, Firmware.UEFI);

    @TempDir
    private Path directory;

    private Inventory inventory;

    @BeforeEach
    void readInventory() throws IOException {
        inventory = Inventory.read(Files.writeString(directory.resolve(Inventory.FILE), """
                network: {address: 10.78.0.1}
                types:
                  nuc13: {firmware: uefi, power: {command: {on: "true", off: "true"}}}
                  old: {firmware: bios, labels: amd, power: {command: {on: "true", off: "true"}}}
                  laptop-vm: {kind: qemu, firmware: uefi, labels: intel}
                hosts:
                  rack1: {type: nuc13, mac: 52:54:00:00:00:01}
                  rack2: {type: nuc13, mac: 52:54:00:00:00:02, labels: amd}
                  rack3: {type: old, mac: 52:54:00:00:00:03}
                """));
    }

    @Test
    void qemu_is_what_is_taken_when_nothing_is_said() {
        assertThat(choose(HostRequest.of("debian"), BOTH))
                .isEqualTo(new MachineChoice.Virtual(VirtualType.QEMU, Firmware.BIOS));
    }

    @Test
    void a_virtual_machine_starts_by_the_firmware_that_the_requirement_names() {
        assertThat(choose(HostRequest.of("debian").machine("uefi"), BOTH))
                .isEqualTo(new MachineChoice.Virtual(VirtualType.QEMU, Firmware.UEFI));
    }

    @Test
    void a_type_of_virtual_machines_is_found_by_its_labels() {
        assertThat(choose(HostRequest.of("debian").machine("intel"), BOTH)).satisfies(choice -> {
            MachineChoice.Virtual virtual = (MachineChoice.Virtual) choice;
            assertThat(virtual.type().name()).isEqualTo("laptop-vm");
            assertThat(virtual.firmware()).isEqualTo(Firmware.UEFI);
        });
    }

    @Test
    void every_host_will_do_that_fits_and_that_the_image_boots_on() {
        assertThat(hosts(HostRequest.of("debian").machine("amd"), BOTH)).containsExactly("rack2", "rack3");
        assertThat(hosts(HostRequest.of("debian").machine("amd"), image(Firmware.BIOS)))
                .containsExactly("rack3");
        assertThat(hosts(HostRequest.of("debian").machine("amd").firmware(Firmware.UEFI), BOTH))
                .containsExactly("rack2");
        assertThat(hosts(HostRequest.of("debian").machine("rack1"), BOTH)).containsExactly("rack1");
    }

    @Test
    void an_image_that_boots_on_none_of_the_machines_that_fit_is_a_mistake() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> choose(HostRequest.of("debian").machine("nuc13"), image(Firmware.BIOS)))
                .withMessageStartingWith("What fits \"nuc13\" does not start by [BIOS], by which 'debian' is to boot");
    }

    @Test
    void a_private_network_is_for_virtual_machines_only() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(
                        () -> choose(HostRequest.of("debian").machine("nuc13").network("lan"), BOTH))
                .withMessageContaining("'lan' joins virtual machines only");
    }

    @Test
    void what_nothing_fits_is_a_mistake_that_says_which_types_there_are() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> choose(HostRequest.of("debian").machine("nuc14"), BOTH))
                .withMessageContaining("its types are qemu, laptop-vm, nuc13, old");
    }

    private List<String> hosts(HostRequest.Builder request, GoldenImage image) {
        return ((MachineChoice.Physical) choose(request, image))
                .hosts().stream().map(PhysicalHost::name).toList();
    }

    private MachineChoice choose(HostRequest.Builder request, GoldenImage image) {
        return MachineChoice.of(request.build(), image, inventory);
    }

    private static GoldenImage image(Firmware... firmware) {
        return new GoldenImage(
                "debian",
                "0".repeat(64),
                1 << 20,
                1 << 20,
                GuestFamily.LINUX,
                Set.of(firmware),
                "virtio-net-pci",
                null,
                Instant.EPOCH,
                List.of(Path.of("disk.raw")));
    }
}
