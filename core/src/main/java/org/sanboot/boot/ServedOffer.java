package org.sanboot.boot;

import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An offer of a server in this JVM. Thread-safe. */
final class ServedOffer implements BootOffer {

    private final BootServer server;
    private final MacAddress mac;
    private final UnaryOperator<String> script;
    private final BootObserver observer;
    private volatile @Nullable Admission admission;

    /** The right to fetch the script, given to the address that asked. */
    private record Admission(String nonce, InetAddress host, boolean fetched) {}

    /** Takes a script that is completed by the address to which it reports. */
    ServedOffer(BootServer server, MacAddress mac, UnaryOperator<String> script, BootObserver observer) {
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
    Optional<String> fetch(String nonce, InetAddress host, String events) {
        synchronized (this) {
            if (!isAdmitted(nonce, host) || Objects.requireNonNull(admission).fetched()) {
                return Optional.empty();
            }
            admission = new Admission(nonce, host, true);
        }
        observer.scriptFetched(host);
        return Optional.of(script.apply(events));
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

    @Override
    public void close() {
        server.withdraw(this);
    }
}
