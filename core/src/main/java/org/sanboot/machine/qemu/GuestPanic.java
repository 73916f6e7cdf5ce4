package org.sanboot.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads QEMU's event of a guest that cannot go on.
 *
 * <p>It comes from the pvpanic device, whose driver Linux has and Windows gets from virtio-win, and says no more than that;
 * or from Windows itself by hv-crash (a {@code GuestPanicInformation} of the type {@code hyper-v}), with the bugcheck's
 * code and its four parameters.
 */
final class GuestPanic {

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

    private GuestPanic() {}

    /** Says what happened, in a few words. */
    static String describe(JsonNode data) {
        JsonNode info = data.path("info");
        if (!info.path("type").asText().equals("hyper-v")) {
            return "GUEST_PANICKED" + (data.isMissingNode() ? "" : " " + data);
        }
        List<Long> arguments = Stream.of("arg1", "arg2", "arg3", "arg4", "arg5")
                .map(name -> info.path(name).asLong())
                .toList();
        return "Windows bugcheck 0x%X%s (%s)"
                .formatted(
                        arguments.get(0),
                        NAMES.containsKey(arguments.get(0)) ? " " + NAMES.get(arguments.get(0)) : "",
                        arguments.stream().skip(1).map("0x%X"::formatted).collect(Collectors.joining(", ")));
    }
}
