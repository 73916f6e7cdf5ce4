package org.sanboot.windows.setup;

import java.util.List;
import java.util.Optional;

/**
 * One Windows that a medium can install, as the XML data of its WIM file describes it.
 *
 * @param index its number in the file, from 1
 * @param name such as {@code Windows Server 2025 SERVERSTANDARD}
 * @param displayName what setup calls it to people, such as {@code Windows Server 2025 Standard}; often the name
 * @param editionId such as {@code Professional}
 * @param server whether it is installed as a server
 * @param architecture as the WIM numbers it, see {@link #AMD64}
 * @param major 6 for Vista to 8.1, 10 since
 * @param minor 1 for Windows 7
 * @param build such as 26100
 * @param languages of its user interface, at least one
 * @param defaultLanguage one of them
 */
public record WindowsEdition(
        int index,
        String name,
        String displayName,
        String editionId,
        boolean server,
        int architecture,
        int major,
        int minor,
        int build,
        List<String> languages,
        String defaultLanguage) {

    /** PROCESSOR_ARCHITECTURE_AMD64 of Microsoft's SYSTEM_INFO, which the {@code ARCH} element of a WIM follows. */
    static final int AMD64 = 9;

    /** Makes the list immutable. */
    public WindowsEdition {
        languages = List.copyOf(languages);
    }

    /** Returns what is to be known to set it up. */
    SetupRelease release() {
        return SetupRelease.of(this);
    }

    /**
     * Tells whether it is a trial version, which asks for no key.
     *
     * @return true for those whose id says so
     */
    boolean isEvaluation() {
        return editionId.endsWith("Eval");
    }

    /** Names the processor that it is for; what SYSTEM_INFO does not number, by the number. */
    String processor() {
        return switch (architecture) {
            case 0 -> "x86 (32 bits)";
            case 5 -> "ARM (32 bits)";
            case 6 -> "Itanium";
            case AMD64 -> "x64";
            case 12 -> "ARM64";
            default -> "processor architecture " + architecture;
        };
    }

    /** What the driver of an INF file is decorated with at most, as {@code major.minor}. */
    boolean isAtLeast(int wantedMajor, int wantedMinor) {
        return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
    }

    /**
     * Says which Windows it is.
     *
     * @return for people, on one line
     */
    public String describe() {
        String names = displayName.equalsIgnoreCase(name) ? name : "%s, \"%s\"".formatted(name, displayName);
        String processor = architecture == AMD64 ? "" : ", for " + processor();
        return "%s (%s, build %d, %s%s)".formatted(names, editionId, build, String.join(", ", languages), processor);
    }

    /** Finds the edition that a person means, by its index, one of its names or its id. */
    static Optional<WindowsEdition> find(List<WindowsEdition> editions, String wanted) {
        List<WindowsEdition> matches = editions.stream()
                .filter(edition -> wanted.equals(Integer.toString(edition.index()))
                        || edition.name().equalsIgnoreCase(wanted)
                        || edition.displayName().equalsIgnoreCase(wanted)
                        || edition.editionId().equalsIgnoreCase(wanted))
                .toList();
        // A server's core and full installations have one id: that alone does not say which is meant.
        return matches.size() == 1 ? Optional.of(matches.get(0)) : Optional.empty();
    }
}
