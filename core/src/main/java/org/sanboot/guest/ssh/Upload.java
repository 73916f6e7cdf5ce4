package org.sanboot.guest.ssh;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;

/** Copies a file or a directory into a guest. */
final class Upload {

    private static final int READABLE_BITS = 0444;
    private static final int EXECUTABLE_BITS = 0111;

    private final ChannelSftp sftp;
    private final FileCopy.Progress progress;
    private final boolean modes;

    private Upload(ChannelSftp sftp, FileCopy.Progress progress, boolean modes) {
        this.sftp = sftp;
        this.progress = progress;
        this.modes = modes;
    }

    static void run(SshConnection connection, GuestSystem system, Path local, String remote) {
        RemotePath target = RemotePath.parse(remote);
        if (!Files.exists(local)) {
            throw new ConfigurationException("There is no %s on this host that could be copied to %s in the guest"
                    .formatted(local.toAbsolutePath(), remote));
        }
        FileCopy.run(
                connection,
                "Copying %s to %s in the guest".formatted(local, remote),
                target,
                ConfigurationException::new,
                (sftp, progress) -> new Upload(sftp, progress, system.hasExecutableBit()).copy(local, target));
    }

    private void copy(Path local, RemotePath target) throws SftpException, IOException {
        makeDirectories(target.parent());
        for (Path source : contents(local)) {
            RemotePath copy = target;
            if (!source.equals(local)) {
                for (Path name : local.relativize(source)) {
                    copy = copy.child(name.toString());
                }
            }
            progress.at(copy);
            if (Files.isDirectory(source)) {
                makeDirectory(copy);
            } else if (Files.isRegularFile(source)) {
                copyFile(source, copy);
            }
        }
    }

    /** The file itself, or the directory and all below it, parents before children. */
    private static List<Path> contents(Path local) throws IOException {
        try (Stream<Path> walk = Files.walk(local, FileVisitOption.FOLLOW_LINKS)) {
            return walk.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void copyFile(Path source, RemotePath copy) throws SftpException, IOException {
        try (InputStream in = Files.newInputStream(source)) {
            OutputStream out = open(source, copy);
            byte[] block = new byte[SshConnection.BLOCK_SIZE];
            int length;
            while ((length = in.read(block)) > 0) {
                write(out, block, length);
            }
            close(out);
        }
        if (modes) {
            copyMode(Files.isExecutable(source), copy);
        }
    }

    private OutputStream open(Path source, RemotePath copy) throws SftpException {
        try {
            return sftp.put(copy.quoted());
        } catch (SftpException e) {
            // The library's own words, which hold no advice.
            if (String.valueOf(e.getMessage()).endsWith("is a directory")) {
                throw new SftpException(
                        e.id,
                        "%s is a directory; to copy into it, name the file there: %s"
                                .formatted(copy, copy.child(source.getFileName().toString())));
            }
            throw e;
        }
    }

    private static void write(OutputStream out, byte[] block, int length) throws SftpException {
        try {
            out.write(block, 0, length);
        } catch (IOException e) {
            throw remote(e);
        }
    }

    /** Waits for the guest to confirm all that was written. */
    private static void close(OutputStream out) throws SftpException {
        try {
            out.close();
        } catch (IOException e) {
            throw remote(e);
        }
    }

    /** Tells an error of the guest's files from one of this host's. */
    private static SftpException remote(IOException e) {
        return e.getCause() instanceof SftpException cause
                ? cause
                : new SftpException(ChannelSftp.SSH_FX_FAILURE, String.valueOf(e.getMessage()));
    }

    /** Who may read an executable may run it, as with cp under the same umask. */
    private void copyMode(boolean executable, RemotePath copy) throws SftpException {
        SftpATTRS attributes = sftp.stat(copy.quoted());
        int mode = attributes.getPermissions() & 07777;
        int wanted = executable ? mode | (mode & READABLE_BITS) >> 2 : mode & ~EXECUTABLE_BITS;
        if (mode != wanted) {
            sftp.chmod(wanted, copy.quoted());
        }
    }

    private void makeDirectories(RemotePath directory) throws SftpException {
        if (!directory.isRoot() && !exists(directory)) {
            makeDirectories(directory.parent());
            progress.at(directory);
            makeDirectory(directory);
        }
    }

    private void makeDirectory(RemotePath directory) throws SftpException {
        try {
            sftp.mkdir(directory.text());
        } catch (SftpException e) {
            // Somebody was there before, perhaps just now; SFTP version 3 has no status of its own for that.
            if (!exists(directory) || !sftp.stat(directory.quoted()).isDir()) {
                throw e;
            }
        }
    }

    private boolean exists(RemotePath path) throws SftpException {
        try {
            sftp.stat(path.quoted());
            return true;
        } catch (SftpException e) {
            if (e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE) {
                return false;
            }
            throw e;
        }
    }
}
