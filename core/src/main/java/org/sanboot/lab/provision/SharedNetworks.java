package org.sanboot.lab.provision;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sanboot.lab.HostRequest;
import org.sanboot.machine.qemu.PrivateNetwork;
import org.sanboot.process.Run;

/**
 * The private networks of machines that are wanted together, and of no others that give theirs the same name. Each ends
 * when its last machine does. Thread-safe.
 */
public final class SharedNetworks {

    private final Map<String, PrivateNetwork> open = new HashMap<>();
    private final Map<String, Integer> users = new HashMap<>();

    public SharedNetworks(List<HostRequest> requests) {
        requests.forEach(request -> request.network().ifPresent(name -> users.merge(name, 1, Integer::sum)));
    }

    synchronized PrivateNetwork join(Run run, String name) {
        return open.computeIfAbsent(name, unopened -> PrivateNetwork.open(run, unopened));
    }

    synchronized void leave(String name) {
        if (users.merge(name, -1, Integer::sum) == 0) {
            PrivateNetwork network = open.remove(name);
            if (network != null) {
                network.close();
            }
        }
    }
}
