package org.sanboot.iscsi;

import java.net.InetSocketAddress;
import java.util.List;
import org.sanboot.ConfigurationException;
import org.sanboot.iscsi.session.PortalGroup;
import org.sanboot.iscsi.session.Target;

/**
 * An iSCSI target inside this JVM: listens on its portals and serves its exports until it is closed.
 *
 * <pre>{@code
 * try (IscsiServer server = IscsiServer.start(IscsiServerConfiguration.loopback());
 *         Export export = server.export(ExportConfiguration.named(new Iqn("iqn.2026-01.org.example:disk"))
 *                 .lun(0, device)
 *                 .build())) {
 *     // initiators use server.portals() and export.targetName()
 * }
 * }</pre>
 */
public final class IscsiServer implements AutoCloseable {

    private final PortalGroup portalGroup;

    private IscsiServer(PortalGroup portalGroup) {
        this.portalGroup = portalGroup;
    }

    /**
     * Starts to listen.
     *
     * @param configuration where, and within which limits
     * @return the server, which has no exports yet
     * @throws ConfigurationException when an address or port is not free
     */
    public static IscsiServer start(IscsiServerConfiguration configuration) {
        return new IscsiServer(new PortalGroup(
                configuration.portals(),
                new PortalGroup.Limits(
                        configuration.maxSessions(),
                        configuration.maxHalfOpenConnections(),
                        configuration.loginTimeout())));
    }

    /**
     * Returns where the server listens.
     *
     * @return the configured portals with their real ports, in the same order
     */
    public List<InetSocketAddress> portals() {
        return portalGroup.portals();
    }

    /**
     * Offers disks under a target name.
     *
     * @param configuration what, and to whom
     * @return the export, which initiators can use at once
     * @throws ConfigurationException when there is an export of that name, unless both have a {@link PeerRule}
     */
    public Export export(ExportConfiguration configuration) {
        Target target = new Target(
                configuration.targetName(),
                configuration.devices(),
                new Target.Access(
                        configuration.allowedInitiator().orElse(null),
                        configuration.initiatorCredentials().orElse(null),
                        configuration.targetCredentials().orElse(null),
                        configuration.peers().orElse(null)),
                configuration.observer(),
                portalGroup.threads());
        if (!portalGroup.add(target)) {
            throw new ConfigurationException("There is a target " + configuration.targetName() + " already; close it"
                    + " first, or choose another name.");
        }
        return new Export(portalGroup, target);
    }

    /** Drops all sessions and closes the portals; returns when no command touches a disk any more. */
    @Override
    public void close() {
        portalGroup.close();
    }
}
