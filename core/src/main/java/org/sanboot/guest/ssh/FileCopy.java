package org.sanboot.guest.ssh;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.SftpException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.sanboot.SanbootException;
import org.sanboot.TestException;

/** What both directions of copying have in common: a channel for the SFTP subsystem, and what its errors mean. */
final class FileCopy {

    /** Copies take as long as they take; who waits for one waits with patience. */
    private static final Duration TURN_COMES_WITHIN = Duration.ofMinutes(10);

    /** Copies one file or directory. */
    @FunctionalInterface
    interface Work {
        void copy(ChannelSftp sftp, Progress progress) throws SftpException, IOException;
    }

    /** Where the work is, for the message when it fails. */
    static final class Progress {
        private volatile RemotePath at;

        private Progress(RemotePath start) {
            this.at = start;
        }

        void at(RemotePath path) {
            at = path;
        }
    }

    private FileCopy() {}

    /**
     * Does the work on a channel of its own.
     *
     * @param what begins the message of an error: "copying a to b in the guest"
     * @param localFailure what an error of this host's own files is
     */
    static void run(
            SshConnection connection,
            String what,
            RemotePath start,
            BiFunction<String, Throwable, SanbootException> localFailure,
            Work work) {
        connection.reserve(TURN_COMES_WITHIN);
        try {
            ChannelSftp sftp = connection.open("sftp", ChannelSftp.class, Function.identity());
            var progress = new Progress(start);
            try {
                Interruptible.run(what, () -> doRemotely(work, sftp, progress), sftp::disconnect);
            } catch (SftpException e) {
                throw failure(e, sftp, "%s failed at %s".formatted(what, progress.at), localFailure);
            } finally {
                sftp.disconnect();
            }
        } finally {
            connection.release();
        }
    }

    /** Errors of this host's files take the form that the library gives them too. */
    private static void doRemotely(Work work, ChannelSftp sftp, Progress progress) throws SftpException {
        try {
            work.copy(sftp, progress);
        } catch (IOException e) {
            throw new SftpException(ChannelSftp.SSH_FX_FAILURE, e.toString(), e);
        }
    }

    private static SanbootException failure(
            SftpException e,
            ChannelSftp sftp,
            String what,
            BiFunction<String, Throwable, SanbootException> localFailure) {
        if (!sftp.isConnected()) {
            return SshConnection.lost("while " + what, e);
        }
        if (e.getCause() instanceof IOException local) {
            return localFailure.apply("%s: %s".formatted(what, local), e);
        }
        return new TestException("%s: %s".formatted(what, reason(e)), e);
    }

    private static String reason(SftpException e) {
        return switch (e.id) {
            case ChannelSftp.SSH_FX_NO_SUCH_FILE -> "there is no such file or directory";
            case ChannelSftp.SSH_FX_PERMISSION_DENIED -> "permission denied";
            default -> String.valueOf(e.getMessage());
        };
    }
}
