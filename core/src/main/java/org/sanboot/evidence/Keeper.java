package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The process that keeps a failure, as it is noted beside the failure: nothing of a process that still runs is pruned.
 *
 * <p>A process is known by its id, its start time (field 22 of proc(5) stat), the host's boot and its PID namespace: an id
 * alone may by now belong to somebody else, and means nothing in another container or on another host. Unlike a lock, the
 * note is not lost when the process opens it a second time.
 */
record Keeper(String pid, String started, String host, String boot, String namespace) {

    /** Within a failure's directory; gone once its run has ended in good order. */
    static final String FILE = ".keeper";

    /** Whether a process still runs. */
    enum Liveness {
        /** It runs. */
        ALIVE,
        /** It has ended, or its host was booted since. */
        DEAD,
        /** It cannot be seen from here: another host or container, or a note that cannot be read. */
        UNKNOWN
    }

    /** What is asked of proc(5), which tests answer differently. */
    interface Processes {

        /**
         * Returns a process's start time.
         *
         * @throws NoSuchFileException when there is no such process, or only its exit status is left
         */
        String started(String pid) throws IOException;

        /** Returns the identity of this host, which it keeps over a boot. */
        String host() throws IOException;

        /** Returns the identity of this boot of this host. */
        String boot() throws IOException;

        /** Returns the identity of the namespace that ids mean something in. */
        String namespace() throws IOException;
    }

    static final Processes PROC = new Processes() {
        @Override
        public String started(String pid) throws IOException {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            // The name in parentheses may hold blanks and parentheses itself.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            if (fields[0].matches("[ZX]")) {
                throw new NoSuchFileException("/proc/" + pid);
            }
            return fields[19];
        }

        @Override
        public String host() throws IOException {
            Path id = Path.of("/etc/machine-id");
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name + ":" + (Files.isReadable(id) ? Files.readString(id).strip() : "");
        }

        @Override
        public String boot() throws IOException {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        }

        @Override
        public String namespace() throws IOException {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        }
    };

    static Keeper self(Processes processes) throws IOException {
        return new Keeper(
                String.valueOf(ProcessHandle.current().pid()),
                processes.started("self"),
                processes.host(),
                processes.boot(),
                processes.namespace());
    }

    /** Notes this process as the keeper of what is in a directory. */
    static void note(Path directory, Processes processes) throws IOException {
        Keeper self = self(processes);
        Files.writeString(
                directory.resolve(FILE),
                String.join(" ", self.pid, self.started, self.host, self.boot, self.namespace));
    }

    /** Forgets who keeps what is in a directory. */
    static void forget(Path directory) {
        try {
            Files.deleteIfExists(directory.resolve(FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells whether the process that keeps what is in a directory still runs; dead when nobody is noted. */
    static Liveness of(Path directory, Processes processes) {
        String[] fields;
        try {
            fields = Files.readString(directory.resolve(FILE)).strip().split(" ", -1);
        } catch (NoSuchFileException e) {
            return Liveness.DEAD;
        } catch (IOException e) {
            return Liveness.UNKNOWN;
        }
        return fields.length == 5 && fields[0].matches("[0-9]{1,18}")
                ? new Keeper(fields[0], fields[1], fields[2], fields[3], fields[4]).liveness(processes)
                : Liveness.UNKNOWN;
    }

    private Liveness liveness(Processes processes) {
        try {
            if (!boot.equals(processes.boot())) {
                return host.equals(processes.host()) ? Liveness.DEAD : Liveness.UNKNOWN;
            }
            if (!namespace.equals(processes.namespace())) {
                return Liveness.UNKNOWN;
            }
            return started.equals(processes.started(pid)) ? Liveness.ALIVE : Liveness.DEAD;
        } catch (NoSuchFileException e) {
            return Liveness.DEAD;
        } catch (IOException | RuntimeException e) {
            return Liveness.UNKNOWN;
        }
    }
}
