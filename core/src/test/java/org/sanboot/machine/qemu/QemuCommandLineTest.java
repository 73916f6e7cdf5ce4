package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.process.Run;

class QemuCommandLineTest {

    private static final QemuFiles FILES = new QemuFiles(Path.of("/runs/1/web"), Path.of("/tmp/sockets/web"));
    private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
    private static final QemuInstallation BIOS_INSTALLATION =
            new QemuInstallation(QEMU, Path.of("/usr/lib/ipxe/ipxe.lkrn"), null, true);
    private static final QemuInstallation UEFI_INSTALLATION =
            uefiInstallation("/ovmf/code.fd", "/ovmf/variables.fd", true);

    private static QemuInstallation uefiInstallation(String code, String variables, boolean ipxeBootsDiscs) {
        return new QemuInstallation(
                QEMU,
                Path.of("/usr/lib/ipxe/ipxe.efi"),
                new QemuInstallation.Uefi(Path.of(code), Path.of(variables)),
                ipxeBootsDiscs);
    }

    @Test
    void by_bios_ipxe_is_the_kernel_and_its_script_the_initial_ram_disk() {
        var configuration =
                QemuConfiguration.builder("web", Firmware.BIOS, "#!ipxe\n").build();

        assertThat(inOptions(QemuCommandLine.of(configuration, BIOS_INSTALLATION, FILES)))
                .isEqualTo("""
                        /usr/bin/qemu-system-x86_64
                        -name web
                        -no-user-config
                        -nodefaults
                        -machine pc-q35-7.2,graphics=off
                        -accel tcg,thread=multi
                        -cpu Nehalem
                        -smp 1
                        -m 512M
                        -display none
                        -vnc unix:/tmp/sockets/web.vnc
                        -device VGA,bus=pcie.0,addr=0x1
                        -object rng-random,id=entropy,filename=/dev/urandom
                        -device virtio-rng-pci,rng=entropy,bus=pcie.0,addr=0x4
                        -device pvpanic
                        -action panic=pause
                        -chardev socket,id=qmp,path=/tmp/sockets/web.qmp,server=off
                        -mon chardev=qmp,mode=control
                        -chardev socket,id=console,path=/tmp/sockets/web.tty,server=off
                        -serial chardev:console
                        -S
                        -kernel /usr/lib/ipxe/ipxe.lkrn
                        -initrd /runs/1/web/tftp/boot.ipxe
                        -netdev user,id=boot,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22
                        -device virtio-net-pci,netdev=boot,mac=52:54:00:12:34:56,bus=pcie.0,addr=0x2,romfile=""");
    }

    @Test
    void discs_are_tried_in_their_order_behind_ipxe_and_nothing_of_them_is_written() {
        var configuration = QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n")
                .disc(Path.of("/media/setup,1.iso"))
                .disc(Path.of("/media/answers.iso"))
                .floppy(Path.of("/media/drivers.img"))
                .build();

        assertThat(inOptions(QemuCommandLine.of(configuration, UEFI_INSTALLATION, FILES)))
                .endsWith("""
                        -drive if=none,id=disc0,format=raw,readonly=on,file=/media/setup,,1.iso
                        -device ide-cd,drive=disc0,bus=ide.0,bootindex=1
                        -drive if=none,id=disc1,format=raw,readonly=on,file=/media/answers.iso
                        -device ide-cd,drive=disc1,bus=ide.1,bootindex=2
                        -drive if=none,id=floppy,format=raw,readonly=on,file=/media/drivers.img
                        -device isa-fdc,id=fdc
                        -device floppy,drive=floppy,bus=fdc.0,drive-type=144""");
    }

    @Test
    void more_discs_than_drives_are_refused() {
        var configuration = QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n");
        for (int i = 0; i < 6; i++) {
            configuration.disc(Path.of("/media/setup.iso"));
        }

        assertThatThrownBy(() -> configuration.disc(Path.of("/media/seventh.iso")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The machine has 6 CD drives, and /media/seventh.iso is one disc more.");
    }

    @Test
    void by_uefi_the_firmware_starts_ipxe_as_a_program_and_the_script_comes_by_tftp() {
        var configuration = QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n")
                .acceleration(new Acceleration(true, "it was proven"))
                .memoryMebibytes(2048)
                .cpus(2)
                .machineType("pc-q35-8.1")
                .networkCard("e1000e")
                .macAddress("52:54:00:ab:cd:ef")
                .build();

        assertThat(inOptions(QemuCommandLine.of(configuration, UEFI_INSTALLATION, FILES)))
                .contains(
                        "-machine pc-q35-8.1\n",
                        "-accel kvm\n",
                        "-cpu host\n",
                        "-smp 2\n",
                        "-m 2048M\n",
                        "-drive if=pflash,unit=0,format=raw,readonly=on,file=/ovmf/code.fd\n",
                        "-drive if=pflash,unit=1,format=raw,file=/runs/1/web/uefi-variables.fd\n",
                        "-kernel /usr/lib/ipxe/ipxe.efi\n",
                        "-append ipxe set net0/ip 10.0.2.15 && ifopen net0 && chain tftp://10.0.2.2/boot.ipxe\n",
                        "-netdev user,id=boot,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22,tftp=/runs/1/web/tftp,bootfile=boot.ipxe\n",
                        "-device e1000e,netdev=boot,mac=52:54:00:ab:cd:ef,bus=pcie.0,addr=0x2,romfile=")
                .doesNotContain("-initrd", "bootindex");
    }

    @Test
    void by_uefi_the_card_brings_an_ipxe_that_cannot_start_a_disc_by_itself() {
        var withDisc = QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n")
                .disc(Path.of("/media/setup.iso"))
                .build();

        assertThat(inOptions(QemuCommandLine.of(
                        withDisc, uefiInstallation("/ovmf/code.fd", "/ovmf/variables.fd", false), FILES)))
                .contains("-device virtio-net-pci,netdev=boot,mac=52:54:00:12:34:56,bus=pcie.0,addr=0x2,bootindex=0\n")
                .doesNotContain("-kernel", "-append");
        assertThat(QemuCommandLine.of(withDisc, UEFI_INSTALLATION, FILES)).contains("-kernel", "-append");
        assertThat(QemuCommandLine.of(
                        QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n")
                                .build(),
                        uefiInstallation("/ovmf/code.fd", "/ovmf/variables.fd", false),
                        FILES))
                .contains("-kernel", "-append");
    }

    @Test
    void firmware_in_another_format_keeps_its_variables_in_that_format() {
        var configuration =
                QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n").build();

        assertThat(QemuCommandLine.of(
                        configuration, uefiInstallation("/edk2/code.qcow2", "/edk2/variables.qcow2", true), FILES))
                .contains(
                        "if=pflash,unit=0,format=qcow2,readonly=on,file=/edk2/code.qcow2",
                        "if=pflash,unit=1,format=qcow2,file=/runs/1/web/uefi-variables.fd");
    }

    @Test
    void a_second_card_is_behind_the_one_to_boot_by_wherever_that_is(@TempDir Path directory) {
        try (Run run = Run.open(directory);
                PrivateNetwork network = PrivateNetwork.open(run, "lan")) {
            var configuration = QemuConfiguration.builder("web", Firmware.BIOS, "#!ipxe\n")
                    .privateNetwork(network)
                    .networkCardSlot(29)
                    .build();

            assertThat(inOptions(QemuCommandLine.of(configuration, BIOS_INSTALLATION, FILES)))
                    .containsPattern("netdev=boot,.*addr=0x1d,")
                    .containsPattern("netdev=private,.*addr=0x1e,");
        }
        assertThatThrownBy(() ->
                        QemuConfiguration.builder("web", Firmware.BIOS, "").networkCardSlot(30))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The network card's slot (30) must be 2 or from 6 to 29.");
    }

    @Test
    void a_machine_for_windows_has_its_clock_in_local_time_a_tablet_and_what_hyper_v_offers() {
        var configuration = QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n")
                .acceleration(new Acceleration(true, "it was proven"))
                .forWindows(List.of("hv-relaxed", "hv-spinlocks=0x1fff"))
                .tpm()
                .build();

        assertThat(inOptions(QemuCommandLine.of(configuration, UEFI_INSTALLATION, FILES)))
                .contains("-cpu host,hv-relaxed,hv-spinlocks=0x1fff\n", """
                        -rtc base=localtime,driftfix=slew
                        -device qemu-xhci,id=usb,bus=pcie.0,addr=0x5
                        -device usb-tablet,bus=usb.0
                        -chardev socket,id=tpm,path=/tmp/sockets/web.tpm
                        -tpmdev emulator,id=tpm,chardev=tpm
                        -device tpm-crb,tpmdev=tpm
                        """);
        assertThatThrownBy(() ->
                        QemuConfiguration.builder("web", Firmware.BIOS, "").forWindows(List.of("hv-x,kvm=off")))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void writes_a_comma_in_a_path_twice() {
        var configuration =
                QemuConfiguration.builder("web", Firmware.UEFI, "#!ipxe\n").build();

        assertThat(QemuCommandLine.of(
                        configuration, UEFI_INSTALLATION, new QemuFiles(Path.of("/runs/a,b"), Path.of("/tmp/c,d"))))
                .contains("socket,id=qmp,path=/tmp/c,,d.qmp,server=off")
                .contains("unix:/tmp/c,,d.vnc")
                .contains("if=pflash,unit=1,format=raw,file=/runs/a,,b/uefi-variables.fd");
    }

    @Test
    void hardware_addresses_on_private_networks_follow_from_names() {
        assertThat(QemuCommandLine.privateMacAddress("web"))
                .isEqualTo(QemuCommandLine.privateMacAddress("web"))
                .matches("52:54:01(:[0-9a-f]{2}){3}")
                .isNotEqualTo(QemuCommandLine.privateMacAddress("database"));
    }

    @Test
    void refuses_what_would_break_a_command_line() {
        var builder = QemuConfiguration.builder("web", Firmware.BIOS, "#!ipxe\n");

        assertThatThrownBy(() -> QemuConfiguration.builder("a,b", Firmware.BIOS, ""))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The machine name 'a,b' is not usable");
        assertThatThrownBy(() -> builder.networkCard("e1000,romfile=x")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> builder.machineType("pc-i440fx-7.2")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> builder.macAddress("52:54")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> builder.memoryMebibytes(63))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The memory (63 MiB) must be between 64 MiB and 1 TiB.");
        assertThatThrownBy(() -> builder.cpus(0)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void refuses_the_card_that_ipxe_gets_no_link_on() {
        var builder = QemuConfiguration.builder("web", Firmware.BIOS, "#!ipxe\n");

        assertThatThrownBy(() -> builder.networkCard("igb"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no link")
                .hasMessageContaining("e1000e");
    }

    /** One option a line, with its value. */
    private static String inOptions(List<String> commandLine) {
        return String.join(" ", commandLine).replaceAll(" (?=-)", "\n");
    }
}
