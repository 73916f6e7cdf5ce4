package org.sanboot.windows;

/**
 * Which Windows it is.
 *
 * @param product its name
 * @param edition such as {@code Professional}; empty where it does not say
 * @param release such as {@code 24H2}; empty where it does not say
 * @param major 6 for Vista to 8.1, 10 for 10, 11 and the servers of that age, 5 for XP and 2003
 * @param minor 0 Vista, 1 Windows 7, 2 Windows 8, 3 Windows 8.1
 * @param build the build number, 0 when unknown
 * @param revision the update's number, 0 when unknown
 * @param architecture as {@code PROCESSOR_ARCHITECTURE} has it, such as {@code AMD64}
 */
public record WindowsVersion(
        String product,
        String edition,
        String release,
        int major,
        int minor,
        int build,
        int revision,
        String architecture) {

    private static final int FIRST_WINDOWS_11 = 22000;

    /** Calls Windows 11 by its name, which its own registry does not. */
    public WindowsVersion {
        if (build >= FIRST_WINDOWS_11 && product.startsWith("Windows 10")) {
            product = "Windows 11" + product.substring("Windows 10".length());
        }
    }

    /**
     * Says which Windows it is.
     *
     * @return for people, on one line
     */
    public String describe() {
        return "%s%s (%sbuild %d%s, %s)"
                .formatted(
                        product,
                        release.isEmpty() ? "" : " " + release,
                        edition.isEmpty() ? "" : edition + ", ",
                        build,
                        revision == 0 ? "" : "." + revision,
                        architecture);
    }
}
