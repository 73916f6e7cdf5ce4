package org.sanboot.lab.provision;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.IscsiServer;

/**
 * What one machine after another goes on from: the memory and the disk of the first of them when its guest was ready, and
 * the portal, target and initiator that its guest remembers, which is why no two machines use it at once.
 *
 * <p>Used by the stay that has taken it.
 */
public final class WarmStart {

    private final WarmStarts owner;
    private final Object kind;
    private final IscsiServer target;
    private final int number;

    /** What the guest remembers, too. */
    private final ChapCredentials secret = ChapCredentials.random("host");

    private final Path directory;

    /** Who had logged in to the target when the machine was saved. */
    private @Nullable Set<Long> sessions;

    private boolean spoilt;

    WarmStart(WarmStarts owner, Object kind, IscsiServer target, int number, Path directory) {
        this.owner = owner;
        this.kind = kind;
        this.target = target;
        this.number = number;
        this.directory = directory;
    }

    /** Returns what all machines that use this have in common. */
    Object kind() {
        return kind;
    }

    IscsiServer target() {
        return target;
    }

    /** Returns the machine's number that the names of the target and of the initiator are made with. */
    int number() {
        return number;
    }

    ChapCredentials secret() {
        return secret;
    }

    public Path memory() {
        return directory.resolve("memory");
    }

    public Path disk() {
        return directory.resolve("disk.qcow2");
    }

    /** Tells whether the machine that has this is to be saved when its guest is ready. */
    public boolean isEmpty() {
        return sessions == null && !spoilt;
    }

    /** Returns who had logged in to the target, by the ISIDs, when the machine was saved; null when none can go on. */
    @Nullable
    public Set<Long> sessions() {
        return spoilt ? null : sessions;
    }

    /** Says that memory and disk are complete. */
    public void saved(Set<Long> isids) {
        sessions = Set.copyOf(isids);
    }

    /** Says that nobody can go on from this. */
    public void spoil() {
        spoilt = true;
    }

    /** Gives it back for others to take. */
    void release() {
        owner.release(this);
    }
}
