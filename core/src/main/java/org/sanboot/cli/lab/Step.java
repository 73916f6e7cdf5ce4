package org.sanboot.cli.lab;

/** One step of a host's way to its disk, in their order. */
enum Step {
    LEASE("lease", "wait, or see 'sanboot hosts list' for who uses it"),
    CONTROLLER("controller", "check its address in the inventory, its cable and its network"),
    CREDENTIALS("credentials", "check the user and the password in the inventory against the controller's own list"),
    POWER_STATE("power state", "look at the host, and restart its controller"),
    OUTLET("outlet", "check the outlet's address and community in the inventory, and the network of its power unit"),
    BOOT_SERVER("boot server", "run 'sanboot lab serve' as root, or mend what it says here"),
    POWER_ON("power on", "look at the host and its controller's log"),
    DHCP(
            "DHCP",
            "put network boot first in the firmware's boot order, for the card with the inventory's MAC address;"
                    + " check the cable, and that the switch's port forwards at once"),
    SCRIPT("script", "let UDP ports 67, 69 and 4011 and the boot server's TCP port through this machine's firewall"),
    TARGET("target", "let the target's TCP port through this machine's firewall"),
    POWER_OFF("power off", "switch the host off by hand; give it an 'outlet' in the inventory");

    private final String label;
    private final String remedy;

    Step(String label, String remedy) {
        this.label = label;
        this.remedy = remedy;
    }

    String label() {
        return label;
    }

    /** Returns what to mend when it fails. */
    String remedy() {
        return remedy;
    }
}
