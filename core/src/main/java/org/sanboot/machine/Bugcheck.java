package org.sanboot.machine;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why a Windows stopped.
 *
 * @param code its stop code, as in Microsoft's "Bug check code reference"
 */
public record Bugcheck(long code) {

    /** Those that a Windows on iSCSI meets; all others are known by their number too. */
    private static final Map<Long, String> NAMES = Map.ofEntries(
            Map.entry(0x0AL, "IRQL_NOT_LESS_OR_EQUAL"),
            Map.entry(0x1EL, "KMODE_EXCEPTION_NOT_HANDLED"),
            Map.entry(0x50L, "PAGE_FAULT_IN_NONPAGED_AREA"),
            Map.entry(0x77L, "KERNEL_STACK_INPAGE_ERROR"),
            Map.entry(0x7AL, "KERNEL_DATA_INPAGE_ERROR"),
            Map.entry(0x7BL, "INACCESSIBLE_BOOT_DEVICE"),
            Map.entry(0x7EL, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"),
            Map.entry(0x9FL, "DRIVER_POWER_STATE_FAILURE"),
            Map.entry(0xC2L, "BAD_POOL_CALLER"),
            Map.entry(0xD1L, "DRIVER_IRQL_NOT_LESS_OR_EQUAL"),
            Map.entry(0xE2L, "MANUALLY_INITIATED_CRASH"),
            Map.entry(0xEFL, "CRITICAL_PROCESS_DIED"),
            Map.entry(0xF4L, "CRITICAL_OBJECT_TERMINATION"),
            Map.entry(0x133L, "DPC_WATCHDOG_VIOLATION"),
            Map.entry(0xC000021AL, "STATUS_SYSTEM_PROCESS_TERMINATED"));

    /** "*** STOP: 0x0000007B (0x..." up to Windows 7, "Stop code: 0x7B" since, and as it is said here. */
    private static final Pattern NUMBER =
            Pattern.compile("(?i)\\b(?:stop|bugcheck)\\b[^\\n]{0,20}?0x([0-9a-f]{1,8})\\b");

    /**
     * Looks for a bugcheck in what a stop screen or a report says. Its name counts more than its number, whose digits are
     * sooner misread.
     *
     * @param text as it was read from the screen, with look-alikes such as O and 0 mixed up; underscores may be blanks,
     *     which is how some versions print them
     * @return nothing when the text names none
     */
    public static Optional<Bugcheck> namedIn(String text) {
        String folded = folded(text);
        return NAMES.entrySet().stream()
                .filter(entry -> folded.contains(folded(entry.getValue())))
                // One of the names is the end of another.
                .max(Comparator.comparingInt(entry -> entry.getValue().length()))
                .map(entry -> new Bugcheck(entry.getKey()))
                .or(() -> numberedIn(text));
    }

    private static Optional<Bugcheck> numberedIn(String text) {
        Matcher number = NUMBER.matcher(text);
        if (!number.find()) {
            return Optional.empty();
        }
        long code = Long.parseLong(number.group(1), 16);
        return NAMES.keySet().stream()
                .filter(known -> folded("%X".formatted(known)).equals(folded("%X".formatted(code))))
                .findFirst()
                .or(() -> Optional.of(code))
                .map(Bugcheck::new);
    }

    /** What looks the same on a screen reads the same here. */
    private static String folded(String text) {
        return text.replaceAll("[_\\s]+", "")
                .replaceAll("[Ll1|!]", "I")
                .replaceAll("[0QGDC]", "O")
                .replace('8', 'B')
                .replace('5', 'S');
    }

    /** Returns the number and, where it is known here, the name: {@code 0x7B INACCESSIBLE_BOOT_DEVICE}. */
    @Override
    public String toString() {
        return "0x%X%s".formatted(code, NAMES.containsKey(code) ? " " + NAMES.get(code) : "");
    }
}
