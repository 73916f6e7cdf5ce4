package org.sanboot.windows;

import java.util.Optional;

/**
 * What differs between versions of Windows, each with the first and the last version that it holds for and where it is
 * known from. Readers ask here instead of comparing numbers. A server counts as the client of the same kernel: 2008 R2
 * as 7, 2012 as 8, 2012 R2 as 8.1, 2016 to 2022 as 10, 2025 as 11.
 */
enum VersionRule {
    /** There are rules at all. */
    JUDGED(Release.VISTA, Release.WINDOWS_11, "Microsoft: NDIS 6 and the iBFT came with Vista; sanbootconf for XP"),
    /** Filters keep what they are under {@code NetworkSetup2}, and no longer under {@code Control\Network}. */
    FILTERS_IN_NETWORK_SETUP(Release.WINDOWS_10, Release.WINDOWS_11, "seen in Windows 10; 8.1 has the key, but empty"),
    /** {@code StartOverride} of a service comes before its {@code Start}. */
    START_OVERRIDE(Release.WINDOWS_8, Release.WINDOWS_11, "seen in Windows 10; no service of Windows 7 has one"),
    /** Shutting down can hibernate. */
    FAST_STARTUP(Release.WINDOWS_8, Release.WINDOWS_11, "Microsoft, fast startup"),
    /** A page file on an iSCSI disk can end in a bugcheck. */
    PAGE_FILE_AT_RISK(Release.WINDOWS_10, Release.WINDOWS_11, "serverfault.com question 975162"),
    /** Memory integrity can keep a driver out. */
    MEMORY_INTEGRITY(
            Release.WINDOWS_10_1607,
            Release.WINDOWS_11,
            "Microsoft, driver compatibility with memory integrity and VBS");

    private final Release first;
    private final Release last;
    private final String source;

    VersionRule(Release first, Release last, String source) {
        this.first = first;
        this.last = last;
        this.source = source;
    }

    /** Tells whether the rule is one of this Windows. */
    boolean holdsFor(WindowsVersion version) {
        Optional<Release> release = Release.of(version);
        return release.isPresent()
                && release.get().compareTo(first) >= 0
                && release.get().compareTo(last) <= 0;
    }

    /** Says where the rule is known from. */
    String source() {
        return source;
    }

    /** Versions that rules begin or end with, the oldest first; one without a rule of its own counts as the one before. */
    enum Release {
        VISTA(6, 0, 0),
        WINDOWS_7(6, 1, 0),
        WINDOWS_8(6, 2, 0),
        WINDOWS_8_1(6, 3, 0),
        WINDOWS_10(10, 0, 0),
        WINDOWS_10_1607(10, 0, 14393),
        WINDOWS_11(10, 0, 22000);

        private final int major;
        private final int minor;
        private final int build;

        Release(int major, int minor, int build) {
            this.major = major;
            this.minor = minor;
            this.build = build;
        }

        /** Returns nothing for what is older than all of them. */
        static Optional<Release> of(WindowsVersion version) {
            Optional<Release> found = Optional.empty();
            for (Release release : values()) {
                if (release.isNotAfter(version)) {
                    found = Optional.of(release);
                }
            }
            return found;
        }

        private boolean isNotAfter(WindowsVersion version) {
            if (major != version.major()) {
                return major < version.major();
            }
            return minor != version.minor() ? minor < version.minor() : build <= version.build();
        }
    }
}
