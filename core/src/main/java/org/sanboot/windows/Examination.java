package org.sanboot.windows;

import java.util.Optional;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/**
 * One thing that was looked at for a verdict, and what was seen.
 *
 * @param subject what it is about
 * @param observed what is there, for people
 * @param finding what is not as it should be, or could not be seen; nothing when all is well
 */
public record Examination(Subject subject, String observed, Optional<Finding> finding) {

    /** What a Windows needs to boot from iSCSI; a verdict that it boots has looked at each. */
    public enum Subject {
        /** Whether the volume is marked for {@code chkdsk}. */
        FILE_SYSTEM("file system"),
        /** Whether the volume was dismounted. */
        VOLUME_LOG("volume's log"),
        /** Whether the SYSTEM hive holds all that was written. */
        SYSTEM_HIVE("SYSTEM hive"),
        /** Whether a session sleeps on the disk, which would wake up instead of a boot. */
        HIBERNATION("hibernation"),
        /** The boot manager, its configuration, and the loader of Windows. */
        BOOT_FILES("boot files"),
        /** The drivers of the buses, of disks and of volumes. */
        CORE_DRIVERS("bus and disk drivers"),
        /** NDIS and TCP/IP. */
        NETWORK_STACK("network stack"),
        /** The driver of the iSCSI disk. */
        ISCSI_DISK("iSCSI disk"),
        /** Whether the machine's network card was set up. */
        NETWORK_CARD("network card"),
        /** Whether that card is enabled. */
        CARD_ENABLED("card's state"),
        /** The card's own driver. */
        CARD_DRIVER("card's driver"),
        /** The filters bound to the card. */
        FILTERS("filters"),
        /** Whether memory integrity lets the card's driver in. */
        MEMORY_INTEGRITY("memory integrity");

        private final String text;

        Subject(String text) {
            this.text = text;
        }

        /**
         * Returns the subject for people.
         *
         * @return a noun
         */
        public String text() {
            return text;
        }
    }

    /** How what was seen counts. */
    public enum Outcome {
        /** It is as it should be. */
        SOUND,
        /** It is not. */
        FAULTY,
        /** It could not be seen, or nobody knows what it leads to. */
        UNKNOWN
    }

    static Examination sound(Subject subject, String observed) {
        return new Examination(subject, observed, Optional.empty());
    }

    static Examination of(Subject subject, Finding finding) {
        return new Examination(subject, finding.setting(), Optional.of(finding));
    }

    /** Makes the examination of something that could not be seen, which is a reason for doubt. */
    static Examination unknown(Subject subject, String observed, String explanation, String remedy) {
        return of(subject, new Finding(Effect.DOUBT, observed, explanation, remedy));
    }

    /**
     * Tells how it counts.
     *
     * @return by the finding's effect
     */
    public Outcome outcome() {
        return finding.map(found -> found.effect() == Effect.DOUBT ? Outcome.UNKNOWN : Outcome.FAULTY)
                .orElse(Outcome.SOUND);
    }
}
