package org.sanboot.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sanboot.InfrastructureException;

/**
 * Ends the processes of a run, saves what is {@linkplain Rescue to be saved} and removes the run's directory, from outside of
 * the JVM.
 *
 * <p>A shell, not a second JVM: it costs a megabyte and a millisecond for each run, and it needs nothing that could be
 * missing. It sits in a session of its own, so that Ctrl-C on the terminal does not reach it, and reads its standard
 * input, which ends when the JVM does.
 */
final class Reaper {

    /** Within a run's directory: a file for each process, with its id and its start time. */
    static final String PROCESSES = "processes";

    /** Within a run's directory: a link to the directory for sockets, made before that is. */
    static final String SOCKETS = "sockets";

    /**
     * Records the shell's own id and start time, which {@code exec} keeps. A run that was reaped has no directory for
     * records: the write fails, and the program never starts.
     *
     * <p>A session of its own keeps Ctrl-C on the terminal away from the program, so that the run ends it in good order;
     * the shell leads no process group, so that setsid need not fork, and the id stays.
     */
    private static final String RECORD = """
            read -r stat < "/proc/$$/stat" && record=$1 && shift || exit 1
            echo "$$ $(cat /proc/sys/kernel/random/boot_id) $stat" > "$record" || exit 1
            exec setsid -- "$@"
            """;

    /**
     * A process is ours when its start time (field 22 of proc(5) stat) and the host's boot are those that were recorded:
     * an id alone may by now belong to somebody else. The records are moved first, so that a process about to record
     * itself fails instead of escaping.
     */
    private static final String REAP = """
            trap '' INT TERM HUP
            run=$1 when=$2
            shift 2
            [ "$when" = now ] || cat > /dev/null
            cd "$run" 2> /dev/null || exit 0
            boot=$(cat /proc/sys/kernel/random/boot_id)
            mv processes reaped 2> /dev/null
            start() { echo "$1" | sed 's/.*) //' | cut -d ' ' -f 20; }
            ours() {
              now=$(cat "/proc/$pid/stat" 2> /dev/null) || return 1
              case $now in *') Z '*) return 1;; esac
              [ "$recorded" = "$boot" ] && [ "$(start "$now")" = "$(start "$stat")" ]
            }
            for record in reaped/*; do
              read -r pid recorded stat 2> /dev/null < "$record" || continue
              ours && kill -9 "$pid" 2> /dev/null
            done
            for record in reaped/*; do
              read -r pid recorded stat 2> /dev/null < "$record" || continue
              tries=0
              while ours && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
            done
            sockets=$(readlink sockets) && [ -O "$sockets" ] && rm -rf "$sockets"
            stuck=
            for mark in */.rescue; do
              { IFS= read -r place && IFS= read -r file; } 2> /dev/null < "$mark" || continue
              directory=${mark%/.rescue}
              [ -f "$directory/$file" ] || continue
              chmod a-w "$directory/$file"
              mkdir -p "${place%/*}"
              if [ ! -e "$place" ] && mv -T "$directory" "$place"; then
                rm -f "$place/.rescue"
                set -- "$@" "$place/$file"
              else
                stuck=yes
              fi
            done
            [ -n "$stuck" ] || { cd / && rm -rf "$run"; }
            [ $# -eq 0 ] || sync "$@"
            """;

    private Reaper() {}

    static List<String> recording(Path record) {
        return List.of("/bin/sh", "-c", RECORD, "sanboot-start", record.toString());
    }

    /** Starts a reaper that waits for the end of its standard input. */
    static Process start(Path run) throws IOException {
        return new ProcessBuilder("setsid", "/bin/sh", "-c", REAP, "sanboot-reaper", run.toString(), "later")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Reaps at once and returns when it is done. */
    static void reap(Path run) {
        try {
            new ProcessBuilder("/bin/sh", "-c", REAP, "sanboot-reaper", run.toString(), "now")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new InfrastructureException("Cannot clear away the run at " + run + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
