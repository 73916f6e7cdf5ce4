package org.sanboot.iscsi.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The targets of one server. Several may have one name, if each has a rule of its own about where connections come from. */
final class TargetDirectory {

    private final List<Target> targets = new CopyOnWriteArrayList<>();

    /** Adds a target; returns false when a login could not tell it from another. */
    synchronized boolean add(Target target) {
        boolean clashes = targets.stream()
                .anyMatch(other -> other.name().equals(target.name())
                        && (other.access().peers() == null || target.access().peers() == null));
        return !clashes && targets.add(target);
    }

    void remove(Target target) {
        targets.remove(target);
    }

    List<Target> all() {
        return List.copyOf(targets);
    }
}
