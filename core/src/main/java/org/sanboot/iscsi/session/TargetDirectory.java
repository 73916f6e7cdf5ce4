package org.sanboot.iscsi.session;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.login.LoginDirectory;
import org.sanboot.iscsi.login.LoginStatus;

/** The targets of one server, by name. */
final class TargetDirectory implements LoginDirectory {

    private final Map<String, Target> targets = new ConcurrentSkipListMap<>();

    /** Adds a target; returns false when there is one of that name. */
    boolean add(Target target) {
        return targets.putIfAbsent(target.name().value(), target) == null;
    }

    void remove(Target target) {
        targets.remove(target.name().value(), target);
    }

    @Nullable
    Target find(String name) {
        return targets.get(name);
    }

    List<Target> all() {
        return List.copyOf(targets.values());
    }

    /** Returns the targets that an initiator may know of. */
    List<Target> visibleTo(String initiatorName) {
        return targets.values().stream()
                .filter(target -> target.access().admits(initiatorName))
                .toList();
    }

    @Override
    public Admission admit(String targetName, String initiatorName) {
        Target target = targets.get(targetName);
        return target == null ? new Admission.Refused(LoginStatus.NOT_FOUND) : target.admit(initiatorName);
    }

    @Override
    public List<ChapCredentials> discoveryCredentials(String initiatorName) {
        return visibleTo(initiatorName).stream()
                .flatMap(target -> target.access().credentials().stream())
                .toList();
    }
}
