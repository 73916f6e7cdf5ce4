package org.sanboot.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootDisk;
import org.sanboot.proof.Finding.Verdict;

class LinuxExaminationTest {

    @Test
    void a_boot_disk_is_proven_by_both_ends() {
        assertThat(LinuxExamination.bootDisk(new BootDisk("iSCSI", Set.of(1L, 2L), 1))
                        .verdict())
                .isEqualTo(Verdict.GOOD);
        assertThat(LinuxExamination.bootDisk(new BootDisk("iSCSI", Set.of(1L), 1))
                        .verdict())
                .isEqualTo(Verdict.BAD);
        assertThat(LinuxExamination.bootDisk(new BootDisk("SATA", Set.of(1L, 2L), 1))
                        .verdict())
                .isEqualTo(Verdict.BAD);
    }

    @Test
    void the_root_has_to_be_writable_as_it_is_mounted_now() {
        assertThat(root("rootfs / rootfs rw 0 0\n/dev/sda2 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n"))
                .isEqualTo(Verdict.GOOD);
        assertThat(root("/dev/sda2 / ext4 ro,relatime 0 0\n")).isEqualTo(Verdict.BAD);
        assertThat(root("proc /proc proc rw 0 0\n")).isEqualTo(Verdict.DOUBT);
    }

    private static Verdict root(String mounts) {
        return LinuxExamination.rootFileSystem(result(0, mounts)).verdict();
    }

    @Test
    void an_error_of_a_disk_is_told_in_the_kernel_s_words() {
        assertThat(LinuxExamination.kernel(result(0, "[1.0] sda: sda1\n")).verdict())
                .isEqualTo(Verdict.GOOD);
        assertThat(LinuxExamination.kernel(result(1, "")).verdict()).isEqualTo(Verdict.DOUBT);
        assertThat(LinuxExamination.kernel(result(0, "[1.0] x\n[9.1] I/O error, dev sda, sector 8\n")))
                .isEqualTo(new Finding("kernel", Verdict.BAD, "[9.1] I/O error, dev sda, sector 8"));
    }

    private static CommandResult result(int status, String output) {
        return new CommandResult("command", status, output, "", Duration.ZERO);
    }
}
