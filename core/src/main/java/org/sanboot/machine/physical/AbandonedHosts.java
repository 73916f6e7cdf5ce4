package org.sanboot.machine.physical;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.InfrastructureException;
import org.sanboot.inventory.HostState;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.inventory.PhysicalHost;

/** Hosts whose users died and left them on. */
public final class AbandonedHosts {

    private AbandonedHosts() {}

    /**
     * Switches them off and gives them back; one that cannot be switched off is set aside.
     *
     * @param inventory of which hosts
     * @param leases by which they are known
     * @return the names of those that were switched off
     */
    public static List<String> powerOff(Inventory inventory, LeaseStore leases) {
        List<String> done = new ArrayList<>();
        for (HostState state : leases.list()) {
            Optional<PhysicalHost> host = inventory.hosts().stream()
                    .filter(known -> known.name().equals(state.host()))
                    .findFirst();
            if (state.abandoned() && host.isPresent()) {
                leases.takeOver(state.host()).ifPresent(lease -> {
                    if (powerOff(host.orElseThrow(), lease)) {
                        done.add(lease.host());
                    }
                });
            }
        }
        return List.copyOf(done);
    }

    private static boolean powerOff(PhysicalHost host, Lease lease) {
        try {
            PhysicalMachine.powerOff(host);
            return true;
        } catch (InfrastructureException e) {
            lease.setAside(String.valueOf(e.getMessage()));
            return false;
        } finally {
            lease.close();
        }
    }
}
