package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.IpxeProgram;

/** Where distributions put firmware, by the lists of files of their packages. */
class QemuInstallationTest {

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "Debian,   /usr/share/OVMF/OVMF_CODE_4M.fd, /usr/share/OVMF/OVMF_VARS_4M.fd, raw",
        "Ubuntu,   /usr/share/OVMF/OVMF_CODE_4M.fd, /usr/share/OVMF/OVMF_VARS_4M.fd, raw",
        "Fedora,   /usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2, /usr/share/edk2/ovmf/OVMF_VARS_4M.qcow2, qcow2",
        "RHEL,     /usr/share/edk2/ovmf/OVMF_CODE.fd, /usr/share/edk2/ovmf/OVMF_VARS.fd, raw",
        "openSUSE, /usr/share/qemu/ovmf-x86_64-4m-code.bin, /usr/share/qemu/ovmf-x86_64-4m-vars.bin, raw",
        "Arch,     /usr/share/edk2/x64/OVMF_CODE.4m.fd, /usr/share/edk2/x64/OVMF_VARS.4m.fd, raw"
    })
    void ovmf_is_found_with_its_variables(String distribution, String code, String variables, String format)
            throws IOException {
        Path expectedCode = make(code);
        Path expectedVariables = make(variables);

        QemuInstallation.Uefi found = QemuInstallation.uefi(root);

        assertThat(found).as(distribution).isEqualTo(new QemuInstallation.Uefi(expectedCode, expectedVariables));
        assertThat(found.format()).isEqualTo(format);
    }

    @Test
    void code_is_never_paired_with_variables_of_another_size() throws IOException {
        make("/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2");
        Path code = make("/usr/share/edk2/ovmf/OVMF_CODE.fd");
        Path variables = make("/usr/share/edk2/ovmf/OVMF_VARS.fd");

        assertThat(QemuInstallation.uefi(root)).isEqualTo(new QemuInstallation.Uefi(code, variables));
    }

    @Test
    void what_is_missing_is_said_with_its_package() {
        assertThatThrownBy(() -> QemuInstallation.uefi(root))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "%s/usr/share/OVMF/OVMF_CODE_4M.fd is missing; it is needed to boot machines by UEFI. On Debian or Ubuntu: apt-get install ovmf",
                        root);
        assertThatThrownBy(() -> QemuInstallation.ipxe(IpxeProgram.EFI, root, "boot"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "%s/usr/lib/ipxe/ipxe.efi is missing; it is needed to boot. On Debian or Ubuntu: apt-get install ipxe",
                        root);
    }

    @ParameterizedTest
    @CsvSource({
        "Debian,   KERNEL, /usr/lib/ipxe/ipxe.lkrn",
        "Debian,   EFI, /usr/lib/ipxe/ipxe.efi",
        "Debian,   EFI_FIRMWARE_DRIVER, /usr/lib/ipxe/snponly.efi",
        "Debian,   BIOS_FIRMWARE_DRIVER, /usr/lib/ipxe/undionly.kpxe",
        "Ubuntu,   EFI, /boot/ipxe.efi",
        "Fedora,   KERNEL, /usr/share/ipxe/ipxe.lkrn",
        "Fedora,   EFI, /usr/share/ipxe/ipxe-x86_64.efi",
        "Fedora,   EFI_FIRMWARE_DRIVER, /usr/share/ipxe/ipxe-snponly-x86_64.efi",
        "RHEL,     BIOS_FIRMWARE_DRIVER, /usr/share/ipxe/undionly.kpxe",
        "openSUSE, EFI, /usr/share/ipxe/ipxe-x86_64.efi",
        "openSUSE, EFI_FIRMWARE_DRIVER, /usr/share/ipxe/snp-x86_64.efi",
        "Arch,     EFI, /usr/share/ipxe/x86_64/ipxe.efi"
    })
    void ipxe_is_found(String distribution, IpxeProgram program, String file) throws IOException {
        Path expected = make(file);

        assertThat(QemuInstallation.ipxe(program, root, "boot"))
                .as(distribution)
                .isEqualTo(expected);
    }

    @Test
    void qemu_is_found_where_rhel_has_it() throws IOException {
        Path expected = make("/usr/libexec/qemu-kvm");
        assertThat(expected.toFile().setExecutable(true)).isTrue();

        assertThat(QemuInstallation.emulator(root, name -> Optional.empty())).isEqualTo(expected);
        assertThat(QemuInstallation.emulator(root, name -> Optional.of(Path.of("/usr/bin", name))))
                .hasToString("/usr/bin/qemu-system-x86_64");
    }

    @Test
    void an_ipxe_that_starts_local_discs_is_told_by_the_options_of_its_command() throws IOException {
        Path old = make("/old.efi");
        Path fresh = make("/new.efi");
        Files.writeString(old, "MZ\0keep\0no-describe\0an extra word\0");
        Files.writeString(fresh, "MZ\0keep\0no-describe\0extra\0label\0");

        assertThat(QemuInstallation.bootsDiscs(old)).isFalse();
        assertThat(QemuInstallation.bootsDiscs(fresh)).isTrue();
    }

    private Path make(String absolute) throws IOException {
        Path file = root.resolve(absolute.substring(1));
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }
}
