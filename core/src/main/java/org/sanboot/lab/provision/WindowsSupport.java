package org.sanboot.lab.provision;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.boot.StaticAddress;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.BootStage;
import org.sanboot.machine.Bugcheck;
import org.sanboot.machine.qemu.Enlightenments;
import org.sanboot.machine.qemu.QemuConfiguration;

/** What a machine and its boot have in particular when its image holds a Windows. */
public final class WindowsSupport {

    /** UEFI's default would be found as well; but Windows only keeps this one up to date with its updates. */
    private static final String BOOT_MANAGER = "\\EFI\\Microsoft\\Boot\\bootmgfw.efi";

    /**
     * Windows makes a route of its own from the iBFT's gateway to the target, and loses a target on its own network by it
     * (iPXE's sanbootconf). The guest has no other gateway; its target, its name server and this host are on its network.
     */
    private static final String NO_GATEWAY = "0.0.0.0";

    private static final long NO_BOOT_DEVICE = 0x7B;

    /** KERNEL_STACK_INPAGE_ERROR, KERNEL_DATA_INPAGE_ERROR, and the end of a process that could not be paged in. */
    private static final Set<Long> DISK_LOST = Set.of(0x77L, 0x7AL, 0xF4L);

    private static final long NONE = -1;

    private WindowsSupport() {}

    public static boolean isFor(MachinePlan plan) {
        return plan.image().family() == GuestFamily.WINDOWS;
    }

    /** Completes a virtual machine. */
    static void suit(LocalHypervisor hypervisor, MachinePlan plan, QemuConfiguration.Builder machine) {
        if (plan.request().tpm()) {
            machine.tpm();
        }
        if (isFor(plan)) {
            machine.forWindows(Enlightenments.proven(hypervisor.run(), hypervisor.home(), hypervisor.acceleration()));
        }
    }

    /** Completes a boot script. */
    static void suit(MachinePlan plan, Firmware firmware, IpxeScript.Builder script) {
        if (isFor(plan) && firmware == Firmware.UEFI) {
            script.filename(BOOT_MANAGER);
        }
    }

    /** Returns the address that a virtual machine's boot script sets. */
    static StaticAddress address(MachinePlan plan, StaticAddress address) {
        return isFor(plan)
                ? new StaticAddress(address.address(), address.netmask(), NO_GATEWAY, address.nameServer())
                : address;
    }

    /**
     * Says what to do about a boot that failed.
     *
     * @param firmware what the machine starts by
     * @param reached the stages that it reached
     * @param why what ended the wait
     * @return a sentence or two for those who know Windows from its screens; nothing for other guests
     */
    public static Optional<String> advice(MachinePlan plan, Firmware firmware, Map<BootStage, ?> reached, String why) {
        if (!isFor(plan) || reached.containsKey(BootStage.GUEST_READY)) {
            return Optional.empty();
        }
        if (why.contains(IpxeScript.FAILED)) {
            return Optional.of("iPXE could not start Windows: "
                    + (firmware == Firmware.UEFI
                            ? "has the disk %s, or was it installed by BIOS and wants another --firmware?"
                                    .formatted(BOOT_MANAGER)
                            : "was it installed by UEFI and wants another --firmware?"));
        }
        boolean neverFoundItsDisk =
                reached.containsKey(BootStage.FIRST_READ) && !reached.containsKey(BootStage.OPERATING_SYSTEM_LOGIN);
        long stop = Bugcheck.namedIn(why).map(Bugcheck::code).orElse(neverFoundItsDisk ? NO_BOOT_DEVICE : NONE);
        if (stop == NO_BOOT_DEVICE) {
            return Optional.of("""
                    Windows was started and never logged in to its disk: as a rule STOP 0x7B (INACCESSIBLE_BOOT_DEVICE).
                    Why:  sanboot windows check %1$s    Cure: sanboot windows prepare %1$s""".formatted(plan.image().name()));
        }
        if (DISK_LOST.contains(stop)) {
            return Optional.of("Windows lost its disk while it ran: the iSCSI session broke, or its page file is on it"
                    + " (sanboot windows prepare takes the page file away).");
        }
        return reached.containsKey(BootStage.OPERATING_SYSTEM_LOGIN)
                ? Optional.of("Windows has found its disk. Does it have an ssh server that starts by itself, and a"
                        + " firewall rule for it? The last screenshot shows what it waits for.")
                : Optional.empty();
    }
}
