package org.sanboot.boot;

import java.net.InetAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one host may boot, until the offer is closed. Whenever the host asks, it gets an address of a script that is valid
 * once and for it alone.
 *
 * <p>Thread-safe.
 */
public final class BootOffer implements AutoCloseable {

    private final BootServer server;
    private final MacAddress mac;
    private final IpxeScript script;
    private final BootObserver observer;
    private volatile @Nullable Admission admission;

    /** The right to fetch the script, given to the address that asked. */
    private record Admission(String nonce, InetAddress host, boolean fetched) {}

    BootOffer(BootServer server, MacAddress mac, IpxeScript script, BootObserver observer) {
        this.server = server;
        this.mac = mac;
        this.script = script;
        this.observer = observer;
    }

    /** Admits a host that asked by its hardware address; whatever it was admitted to before is void. */
    void admit(String nonce, InetAddress host) {
        admission = new Admission(nonce, host, false);
    }

    /** Returns the script to whoever was admitted, and to nobody a second time. */
    @Nullable
    IpxeScript fetch(String nonce, InetAddress host) {
        synchronized (this) {
            if (!isAdmitted(nonce, host) || Objects.requireNonNull(admission).fetched()) {
                return null;
            }
            admission = new Admission(nonce, host, true);
        }
        observer.scriptFetched(host);
        return script;
    }

    /** Tells whether this is the latest boot of this offer. */
    boolean isAdmitted(String nonce, InetAddress host) {
        Admission current = admission;
        return current != null
                && current.nonce().equals(nonce)
                && current.host().equals(host);
    }

    BootObserver observer() {
        return observer;
    }

    MacAddress mac() {
        return mac;
    }

    /** Withdraws the offer: the host is told to wait from now on. Closing again does nothing. */
    @Override
    public void close() {
        server.withdraw(this);
    }
}
