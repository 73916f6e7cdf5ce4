package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.sanboot.process.FileTrees;
import org.sanboot.process.Programs;

/**
 * A forced command for sshd that behaves like OpenSSH on Windows: commands go to Wine's cmd.exe, and files are found
 * below {@code /C:}.
 *
 * <p>Wine gives cmd a command line of its own making; so the line that came travels in a batch file, which cmd reads like
 * what is typed but for its percent signs.
 */
final class WineShell implements AutoCloseable {

    private static final Path SFTP_SERVER = Path.of("/usr/lib/openssh/sftp-server");

    private final Path prefix;
    private final Path program;

    WineShell(Path directory) throws Exception {
        this.prefix = directory.resolve("wine");
        // One for all, or each command would wait for the one that it started itself.
        wine("wineserver", "--persistent");
        wine("wineboot", "--init");
        // Wine does not mind the case of names, SFTP on this host does.
        Files.createSymbolicLink(drive().resolve("Windows"), Path.of("windows"));
        if (!Files.exists(drive().resolve("windows/temp"))) {
            Files.createDirectory(drive().resolve("windows/temp"));
        }
        Files.createSymbolicLink(drive().resolve("windows/Temp"), Path.of("temp"));
        Path root = Files.createDirectories(directory.resolve("root"));
        this.program = Files.writeString(
                directory.resolve("windows-shell"), """
                #!/bin/sh
                export WINEPREFIX='%1$s' WINEDEBUG=-all DISPLAY=
                case "$SSH_ORIGINAL_COMMAND" in *sftp*)
                  exec unshare --user --map-root-user --mount sh -c '
                    cd "%2$s" && mkdir -p usr C: dev etc && ln -sfn usr/lib lib && ln -sfn usr/lib64 lib64 &&
                    mount --rbind /usr usr && mount --rbind /dev dev && mount --rbind /etc etc &&
                    mount --bind "%3$s" C: &&
                    exec chroot . %4$s'
                esac
                line=$(mktemp "$WINEPREFIX/drive_c/line-XXXXXX.cmd") || exit 99
                printf '@%%s\\r\\n@exit /b %%%%ERRORLEVEL%%%%\\r\\n' "$SSH_ORIGINAL_COMMAND" > "$line"
                wine cmd /d /c "C:\\\\${line##*/}"
                status=$?
                rm -f "$line"
                exit $status
                """.formatted(prefix, root, drive(), SFTP_SERVER));
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    /** Skips the test where a package is missing, but fails it where everything has to be there. */
    static void assumeInstalled() {
        OpenSshServer.assumeInstalled();
        boolean installed = Stream.of("wine", "wineboot", "wineserver", "unshare")
                        .allMatch(name -> Programs.find(name).isPresent())
                && Files.exists(SFTP_SERVER);
        String advice = "wine is missing; apt-get install wine wine64 openssh-sftp-server util-linux";
        if ("true".equals(System.getenv("CI"))) {
            Assertions.assertTrue(installed, advice);
        }
        Assumptions.assumeTrue(installed, advice);
    }

    /** What sshd is to run. */
    Path program() {
        return program;
    }

    /** The guest's disk C:. */
    Path drive() {
        return prefix.resolve("drive_c");
    }

    /** Runs a program of Windows without ssh. */
    void wine(String... command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("WINEPREFIX", prefix.toString());
        builder.environment().put("WINEDEBUG", "-all");
        // No windows, and no offers to install what no test needs.
        builder.environment().remove("DISPLAY");
        builder.environment().put("WINEDLLOVERRIDES", "mscoree,mshtml=");
        Process process = builder.start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(List.of(command) + " did not end");
        }
    }

    /** Ends what Wine keeps running for the next program. */
    @Override
    public void close() throws Exception {
        wine("wineserver", "--kill", "--wait");
        // Its links lead out of it, to this user's directories.
        FileTrees.delete(prefix);
    }
}
