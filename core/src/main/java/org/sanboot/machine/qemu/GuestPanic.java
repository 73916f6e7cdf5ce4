package org.sanboot.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.machine.Bugcheck;

/**
 * Reads QEMU's event of a guest that cannot go on.
 *
 * <p>It comes from the pvpanic device, whose driver Linux has and Windows gets from virtio-win, and says no more than that;
 * or from Windows itself by hv-crash (a {@code GuestPanicInformation} of the type {@code hyper-v}), with the bugcheck's
 * code and its four parameters.
 */
final class GuestPanic {

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
        return "Windows bugcheck %s (%s)"
                .formatted(
                        new Bugcheck(arguments.get(0)),
                        arguments.stream().skip(1).map("0x%X"::formatted).collect(Collectors.joining(", ")));
    }
}
