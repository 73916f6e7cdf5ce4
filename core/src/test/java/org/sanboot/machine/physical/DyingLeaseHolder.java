package org.sanboot.machine.physical;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.sanboot.inventory.LeaseRequest;
import org.sanboot.inventory.LeaseStore;

/** A process that leases a host and dies with it. */
final class DyingLeaseHolder {

    private DyingLeaseHolder() {}

    public static void main(String[] arguments) {
        LeaseStore.in(Path.of(arguments[0]))
                .acquire(new LeaseRequest(List.of(List.of("host1")), "a test that was killed", Duration.ofSeconds(5)));
        Runtime.getRuntime().halt(9);
    }
}
