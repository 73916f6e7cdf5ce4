package org.sanboot.windows.setup;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.sanboot.boot.Firmware;

/**
 * What is to be known of one Windows to set it up unattended. The table has one for each version that differs; an edition is
 * of the newest one that it is not older than.
 *
 * @param name what people call it
 * @param major of the version, 6 for Vista to 8.1, 10 since
 * @param minor of the version
 * @param build the first one; 0 where the version says it all
 * @param server whether it is installed as a server
 * @param firmware what the machine starts by unless it is said
 * @param reservedMebibytes of the partition that Windows reserves on disks with a GUID partition table (Microsoft Learn,
 *     "UEFI/GPT-based hard drive partitions")
 * @param hiddenPages of the first start; an older setup refuses an answer file that names one it does not know
 * @param traits what it needs besides, or has
 */
record SetupRelease(
        String name,
        int major,
        int minor,
        int build,
        boolean server,
        Firmware firmware,
        int reservedMebibytes,
        List<String> hiddenPages,
        Set<Trait> traits) {

    /** What some have and others do not. */
    enum Trait {
        /** Its boot screen calls interrupt 10h of a BIOS. */
        NEEDS_BIOS,
        /**
         * The first start asks for the product key unless the specialize pass has it as well (Microsoft Learn, "ProductKey" of
         * Microsoft-Windows-Shell-Setup, for Windows 7 and before).
         */
        ASKS_FOR_KEY_AT_FIRST_START,
        /** The first start asks where the machine is ("NetworkLocation", removed in 8.1). */
        ASKS_FOR_NETWORK_LOCATION,
        /** The first start asks for the built-in account's password ("AdministratorPassword"). */
        ASKS_FOR_ADMINISTRATOR_PASSWORD,
        /** Setup looks at the machine before it installs (Microsoft, "Windows 11 specifications"). */
        MAKES_DEMANDS,
        /** The first start does not go on without a network and an account of Microsoft's. */
        DEMANDS_NETWORK,
        /** A page at the first logon asks about privacy, and disks are encrypted by themselves. */
        MODERN_FIRST_LOGON,
        /** Win32-OpenSSH's MSI package is for it. */
        TAKES_OPENSSH_MSI,
        /** Has an ssh server (Microsoft Learn, "Get started with OpenSSH Server for Windows"). */
        BRINGS_OPENSSH
    }

    private static final List<String> PAGES_OF_7 = List.of("HideEULAPage", "HideWirelessSetupInOOBE");
    private static final List<String> PAGES_SINCE_8 =
            List.of("HideEULAPage", "HideOEMRegistrationScreen", "HideOnlineAccountScreens", "HideWirelessSetupInOOBE");
    private static final List<String> PAGES_OF_SERVERS_SINCE_2012 = List.of(
            "HideEULAPage",
            "HideLocalAccountScreen",
            "HideOEMRegistrationScreen",
            "HideOnlineAccountScreens",
            "HideWirelessSetupInOOBE");

    private static final int RESERVED_BEFORE_10 = 128;
    private static final int RESERVED = 16;

    /** Oldest first. Before Windows 7, setup does not take an iSCSI disk for granted. */
    private static final List<SetupRelease> TABLE = List.of(
            client(
                    "Windows 7",
                    6,
                    1,
                    0,
                    Firmware.BIOS,
                    RESERVED_BEFORE_10,
                    PAGES_OF_7,
                    Trait.NEEDS_BIOS,
                    Trait.ASKS_FOR_KEY_AT_FIRST_START,
                    Trait.ASKS_FOR_NETWORK_LOCATION),
            client("Windows 8", 6, 2, 0, Firmware.BIOS, RESERVED_BEFORE_10, PAGES_SINCE_8),
            client("Windows 8.1", 6, 3, 0, Firmware.BIOS, RESERVED_BEFORE_10, PAGES_SINCE_8),
            client(
                    "Windows 10",
                    10,
                    0,
                    0,
                    Firmware.BIOS,
                    RESERVED,
                    PAGES_SINCE_8,
                    Trait.MODERN_FIRST_LOGON,
                    Trait.TAKES_OPENSSH_MSI),
            client(
                    "Windows 11",
                    10,
                    0,
                    22000,
                    Firmware.UEFI,
                    RESERVED,
                    PAGES_SINCE_8,
                    Trait.MODERN_FIRST_LOGON,
                    Trait.TAKES_OPENSSH_MSI,
                    Trait.MAKES_DEMANDS,
                    Trait.DEMANDS_NETWORK),
            server(
                    "Windows Server 2008 R2",
                    6,
                    1,
                    0,
                    RESERVED_BEFORE_10,
                    PAGES_OF_7,
                    Trait.NEEDS_BIOS,
                    Trait.ASKS_FOR_KEY_AT_FIRST_START,
                    Trait.ASKS_FOR_NETWORK_LOCATION),
            server("Windows Server 2012", 6, 2, 0, RESERVED_BEFORE_10, PAGES_OF_SERVERS_SINCE_2012),
            server("Windows Server 2012 R2", 6, 3, 0, RESERVED_BEFORE_10, PAGES_OF_SERVERS_SINCE_2012),
            server(
                    "Windows Server 2016 to 2022",
                    10,
                    0,
                    0,
                    RESERVED,
                    PAGES_OF_SERVERS_SINCE_2012,
                    Trait.MODERN_FIRST_LOGON,
                    Trait.TAKES_OPENSSH_MSI),
            server(
                    "Windows Server 2025",
                    10,
                    0,
                    26100,
                    RESERVED,
                    PAGES_OF_SERVERS_SINCE_2012,
                    Trait.MODERN_FIRST_LOGON,
                    Trait.TAKES_OPENSSH_MSI,
                    Trait.BRINGS_OPENSSH));

    private static final Comparator<SetupRelease> AGE = Comparator.comparingInt(SetupRelease::major)
            .thenComparingInt(SetupRelease::minor)
            .thenComparingInt(SetupRelease::build);

    /** Makes the parts immutable. */
    SetupRelease {
        hiddenPages = List.copyOf(hiddenPages);
        traits = Set.copyOf(traits);
    }

    /** Finds an edition's; for one that is older than all of them, the oldest. */
    static SetupRelease of(WindowsEdition edition) {
        List<SetupRelease> kin = TABLE.stream()
                .filter(release -> release.server == edition.server())
                .toList();
        return kin.stream()
                .filter(release -> edition.isAtLeast(release.major, release.minor) && edition.build() >= release.build)
                .max(AGE)
                .orElseGet(() -> kin.get(0));
    }

    /** Returns the table. */
    static List<SetupRelease> all() {
        return TABLE;
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    private static SetupRelease client(
            String name,
            int major,
            int minor,
            int build,
            Firmware firmware,
            int reserved,
            List<String> pages,
            Trait... traits) {
        return new SetupRelease(name, major, minor, build, false, firmware, reserved, pages, Set.of(traits));
    }

    private static SetupRelease server(
            String name, int major, int minor, int build, int reserved, List<String> pages, Trait... traits) {
        Set<Trait> all = EnumSet.of(Trait.ASKS_FOR_ADMINISTRATOR_PASSWORD);
        all.addAll(Set.of(traits));
        return new SetupRelease(name, major, minor, build, true, Firmware.BIOS, reserved, pages, all);
    }
}
