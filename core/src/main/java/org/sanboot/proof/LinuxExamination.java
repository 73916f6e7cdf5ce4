package org.sanboot.proof;

import java.util.List;
import java.util.Locale;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootDisk;
import org.sanboot.lab.BootedHost;
import org.sanboot.proof.Finding.Verdict;

/** Looks at a Linux guest by what even the smallest one has: {@code /proc/mounts} and the kernel's messages. */
final class LinuxExamination implements Examination {

    @Override
    public List<Finding> examine(BootedHost host) {
        return List.of(bootDisk(host.bootDisk()), rootFileSystem(host), kernel(host));
    }

    /** The same for every guest. */
    static Finding bootDisk(BootDisk disk) {
        return new Finding("boot disk", disk.isOnIscsi() ? Verdict.GOOD : Verdict.BAD, disk.toString());
    }

    private static Finding rootFileSystem(BootedHost host) {
        return rootFileSystem(host.run("cat /proc/mounts"));
    }

    /** The last line for the root counts; a kernel remounts a file system read-only when it fails. */
    static Finding rootFileSystem(CommandResult mounts) {
        String options = mounts.stdout()
                .lines()
                .map(line -> line.split(" "))
                .filter(fields -> fields.length > 3 && fields[1].equals("/") && !fields[2].equals("rootfs"))
                .map(fields -> fields[3])
                .reduce("", (before, last) -> last);
        if (options.isEmpty()) {
            return new Finding("root", Verdict.DOUBT, "/proc/mounts does not have it");
        }
        boolean isWritable = List.of(options.split(",")).contains("rw");
        return new Finding(
                "root",
                isWritable ? Verdict.GOOD : Verdict.BAD,
                isWritable ? "mounted to be written" : "mounted read-only");
    }

    private static Finding kernel(BootedHost host) {
        return kernel(host.run("dmesg"));
    }

    static Finding kernel(CommandResult messages) {
        if (messages.exitStatus() != 0) {
            return new Finding("kernel", Verdict.DOUBT, "its messages cannot be read");
        }
        return messages.stdout()
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).contains("i/o error"))
                .findFirst()
                .map(line -> new Finding("kernel", Verdict.BAD, line.strip()))
                .orElseGet(() -> new Finding("kernel", Verdict.GOOD, "reports no I/O error"));
    }
}
