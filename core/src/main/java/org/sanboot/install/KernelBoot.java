package org.sanboot.install;

import java.nio.file.Path;
import java.util.List;

/**
 * An installer that is a Linux kernel, started by iPXE in place of a CD.
 *
 * @param kernel the kernel
 * @param initrds its initial RAM disks, unpacked one over the other
 * @param arguments its command line
 */
record KernelBoot(Path kernel, List<Path> initrds, String arguments) {
    KernelBoot {
        initrds = List.copyOf(initrds);
    }
}
