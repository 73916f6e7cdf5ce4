package org.sanboot.windows;

import java.util.Locale;
import java.util.Set;

/**
 * An NDIS lightweight filter on a network card.
 *
 * @param id the component's GUID in braces
 * @param component its component id, such as {@code ms_wfplwf}
 * @param service its driver
 * @param runType whether the card works without it
 * @param runTypeSetting the value that decides this, from the hive's root on
 * @param awaitedAtBoot false when it is marked as one that NDIS need not wait for
 */
public record NetworkFilter(
        String id,
        String component,
        DriverService service,
        RunType runType,
        String runTypeSetting,
        boolean awaitedAtBoot) {

    /** Stands for the driver of a filter that the registry does not describe. */
    static final String NO_SERVICE = "unknown driver";

    /** Whether a network card works before the filter is there. */
    public enum RunType {
        /** It does not: with a filter that is not loaded at boot there is no network, and so no disk. */
        MANDATORY,
        /** It does, after a wait. */
        OPTIONAL,
        /** The registry does not say what the filter is, so nobody can tell. */
        UNKNOWN
    }

    /** Part of what makes a wireless card a network card, or of Windows' own firewall; prepare does not touch them. */
    private static final Set<String> LEFT_ALONE =
            Set.of("{3BFD7820-D65C-4C1B-9FEA-983A019639EA}", "{E475CF9A-60CD-4439-A75F-0079CE0E18A1}");

    /** Tells whether {@code prepare} leaves the filter as it is, whatever it is asked for. */
    boolean isLeftAlone() {
        return LEFT_ALONE.contains(id.toUpperCase(Locale.ROOT));
    }

    /**
     * Tells whether the filter keeps the network away until Windows stops.
     *
     * @return true when it is mandatory and not loaded at boot
     */
    public boolean preventsBoot() {
        return runType == RunType.MANDATORY && !service.isBootLoadable();
    }

    /**
     * Tells whether NDIS waits for the filter in vain.
     *
     * @return true when it is optional, not loaded at boot, and not marked as one to go without
     */
    public boolean stallsBoot() {
        return runType == RunType.OPTIONAL && !service.isBootLoadable() && awaitedAtBoot;
    }
}
