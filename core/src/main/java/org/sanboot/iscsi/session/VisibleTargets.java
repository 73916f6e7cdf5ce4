package org.sanboot.iscsi.session;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.login.LoginDirectory;
import org.sanboot.iscsi.login.LoginStatus;

/** The targets that one connection can reach: those whose rule takes it. Used by the connection's thread. */
final class VisibleTargets implements LoginDirectory {

    private final TargetDirectory directory;
    private final InetSocketAddress peer;
    private final InetSocketAddress portal;

    /** What the rules said, which is asked once for each login. */
    private final Map<Target, Boolean> admitted = new HashMap<>();

    VisibleTargets(TargetDirectory directory, InetSocketAddress peer, InetSocketAddress portal) {
        this.directory = directory;
        this.peer = peer;
        this.portal = portal;
    }

    private boolean reaches(Target target) {
        return admitted.computeIfAbsent(target, asked -> asked.access().admits(peer, portal));
    }

    @Nullable
    Target find(String name) {
        return directory.all().stream()
                .filter(target -> target.name().value().equals(name) && reaches(target))
                .findFirst()
                .orElse(null);
    }

    /** Returns the targets that an initiator may know of. */
    List<Target> visibleTo(String initiatorName) {
        return directory.all().stream()
                .filter(target -> target.access().admits(initiatorName) && reaches(target))
                .toList();
    }

    @Override
    public Admission admit(String targetName, String initiatorName) {
        Target target = find(targetName);
        return target == null ? new Admission.Refused(LoginStatus.NOT_FOUND) : target.admit(initiatorName);
    }

    @Override
    public List<ChapCredentials> discoveryCredentials(String initiatorName) {
        return visibleTo(initiatorName).stream()
                .flatMap(target -> target.access().credentials().stream())
                .toList();
    }
}
