package org.sanboot.windows;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** One kind of change that makes a Windows fit for iSCSI, each with where it is known from. */
public enum PreparationSwitch {
    /** What Windows itself does at its next start. */
    REPLAY_LOGS(
            false,
            "write what the transaction logs hold into a registry that was not closed properly, and prepare that",
            "Suhanov, Windows registry file format specification; compared with what Windows 10 and yarp make of it"),
    /** The classic: {@code FilterRunType} from 1 to 2. */
    FILTERS_OPTIONAL(
            true,
            "make the WFP filter, and any filter that is mandatory but not loaded at boot, optional (Windows 7 to 8.1)",
            "Microsoft KB2507616"),
    /** The same where Windows 10 keeps it. */
    FILTERS_OPTIONAL_10(
            false,
            "make such filters optional where Windows 10 and later keep it, adding the value",
            "inferred from Windows 10's own filters; not documented"),
    /** Removes the stall instead of shortening it. */
    FILTERS_BOOT_START(
            false,
            "load every filter of the boot card at boot, third-party ones included",
            "Microsoft KB2019184; a third-party driver may not stand it"),
    /** The QoS packet scheduler. */
    PSCHED_BOOT_START(true, "load the QoS filter at boot, which removes the stall of 90 s", "sanbootconf, WinDRBD"),
    /** Drivers such as {@code netkvm}. */
    NIC_BOOT_START(
            true,
            "load the network card's driver at boot where it does not say that it can boot from the network",
            "netkvm's INF; Microsoft, CM_SERVICE_NETWORK_BOOT_LOAD"),
    /** For those who want {@code iscsicli}. */
    MSISCSI_AUTOMATIC(
            false, "start the iSCSI initiator service, which iscsicli needs", "Microsoft, iSCSI Initiator service"),
    /** For Windows 10 and later. */
    NO_PAGE_FILE(true, "page to nowhere (Windows 10 and later)", "serverfault.com question 975162"),
    /** For Windows 8 and later. */
    NO_FAST_STARTUP(true, "shut down without hibernating", "Microsoft, HiberbootEnabled"),
    /** A test wants to see it. */
    NO_AUTOMATIC_RESTART(true, "keep a blue screen on the screen", "Microsoft, CrashControl\\AutoReboot");

    private final boolean isDefault;
    private final String purpose;
    private final String source;

    PreparationSwitch(boolean isDefault, String purpose, String source) {
        this.isDefault = isDefault;
        this.purpose = purpose;
        this.source = source;
    }

    /**
     * Returns the name to type.
     *
     * @return such as {@code psched-boot-start}
     */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Tells whether it is done unless told otherwise.
     *
     * @return false for what is inferred, or is a matter of taste
     */
    public boolean isDefault() {
        return isDefault;
    }

    /**
     * Says what it does.
     *
     * @return an imperative without a full stop
     */
    public String purpose() {
        return purpose;
    }

    /**
     * Says where it is known from.
     *
     * @return a document's name
     */
    public String source() {
        return source;
    }

    /** Returns the sentence that sends people to this change. */
    String remedy() {
        return "sanboot windows prepare, switch " + id() + (isDefault ? "." : ", which is off unless asked for.");
    }

    /**
     * Returns what is done unless told otherwise.
     *
     * @return a new set
     */
    public static Set<PreparationSwitch> defaults() {
        Set<PreparationSwitch> defaults = EnumSet.noneOf(PreparationSwitch.class);
        Arrays.stream(values()).filter(PreparationSwitch::isDefault).forEach(defaults::add);
        return defaults;
    }

    /**
     * Looks a switch up.
     *
     * @param id as it is typed
     * @return the switch, or nothing
     */
    public static Optional<PreparationSwitch> of(String id) {
        return Arrays.stream(values()).filter(change -> change.id().equals(id)).findFirst();
    }
}
