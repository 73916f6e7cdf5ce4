package org.sanboot.inventory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The process that holds or wants a host.
 *
 * @param user who runs it
 * @param pid its process id
 * @param startTime in clock ticks since the host's boot, which tells it from a later process of the same id
 * @param bootId of the host's boot
 * @param pidNamespace in which the id is meant
 */
public record LeaseOwner(String user, long pid, String startTime, String bootId, String pidNamespace) {

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** Returns this JVM. */
    static LeaseOwner self() {
        long pid = ProcessHandle.current().pid();
        try {
            return new LeaseOwner(
                    System.getProperty("user.name"),
                    pid,
                    startTime(Files.readString(Path.of("/proc/self/stat"))),
                    Files.readString(BOOT_ID).strip(),
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString());
        } catch (IOException e) {
            throw new IllegalStateException("a lease needs Linux's /proc", e);
        }
    }

    /**
     * Tells whether the process has ended for sure. One that cannot be seen from here, in a container or behind hidepid, is
     * not known to have: only its heartbeat tells.
     */
    boolean isDead(LeaseOwner observer) {
        if (!bootId.equals(observer.bootId)) {
            return true;
        }
        if (!pidNamespace.equals(observer.pidNamespace) || !Files.exists(Path.of("/proc/1/stat"))) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
            // A zombie has ended, though its parent has not noticed.
            return !startTime(stat).equals(startTime) || stat.contains(") Z ");
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            // It ended while it was read (ESRCH), or cannot be read: the next look will tell.
            return false;
        }
    }

    /** Field 22 of proc(5) stat; the second field, the program's name, may contain anything. */
    private static String startTime(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
    }

    @Override
    public String toString() {
        return "%s's process %d".formatted(user, pid);
    }
}
