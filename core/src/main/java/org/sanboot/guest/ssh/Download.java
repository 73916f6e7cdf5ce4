package org.sanboot.guest.ssh;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/** Copies a file or a directory out of a guest. What the guest says is not trusted with this host's other files. */
final class Download {

    private static final int OWNER_MAY_EXECUTE = 0100;

    private final ChannelSftp sftp;
    private final FileCopy.Progress progress;
    private final boolean modes;

    /** The directories that the one being copied is in, by their real paths: a link back to one is a loop. */
    private final Set<String> above = new HashSet<>();

    private Download(ChannelSftp sftp, FileCopy.Progress progress, boolean modes) {
        this.sftp = sftp;
        this.progress = progress;
        this.modes = modes;
    }

    static void run(SshConnection connection, GuestSystem system, String remote, Path local) {
        RemotePath source = RemotePath.parse(remote);
        FileCopy.run(
                connection,
                "Copying %s in the guest to %s".formatted(remote, local),
                source,
                InfrastructureException::new,
                (sftp, progress) -> new Download(sftp, progress, system.hasExecutableBit()).copyTop(source, local));
    }

    private void copyTop(RemotePath source, Path target) throws SftpException, IOException {
        SftpATTRS attributes = sftp.stat(source.quoted());
        if (!attributes.isDir() && !attributes.isReg()) {
            throw new SftpException(ChannelSftp.SSH_FX_FAILURE, "it is neither a file nor a directory");
        }
        if (Files.isDirectory(target) != attributes.isDir() && Files.exists(target)) {
            throw new ConfigurationException("%s on this host is %s, and %s in the guest is not"
                    .formatted(target, attributes.isDir() ? "no directory" : "a directory", source));
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        copy(source, attributes, target);
    }

    private void copy(RemotePath source, SftpATTRS attributes, Path target) throws SftpException, IOException {
        progress.at(source);
        if (attributes.isDir()) {
            copyDirectory(source, target);
        } else if (attributes.isReg()) {
            copyFile(source, attributes, target);
        }
    }

    private void copyDirectory(RemotePath source, Path target) throws SftpException, IOException {
        String real = sftp.realpath(source.text());
        if (!above.add(real)) {
            throw new SftpException(
                    ChannelSftp.SSH_FX_FAILURE, "it is a link back to %s, which it is in".formatted(real));
        }
        Files.createDirectories(target);
        for (ChannelSftp.LsEntry entry : sftp.ls(source.quoted())) {
            String name = entry.getFilename();
            if (name.equals(".") || name.equals("..")) {
                continue;
            }
            Path copy = target.resolve(name);
            if (!target.equals(copy.getParent())) {
                throw new SftpException(ChannelSftp.SSH_FX_FAILURE, "'%s' in it is no file name".formatted(name));
            }
            RemotePath child = source.child(name);
            Optional<SftpATTRS> attributes = followed(child, entry.getAttrs());
            if (attributes.isPresent()) {
                copy(child, attributes.get(), copy);
            }
        }
        above.remove(real);
    }

    /** What a link leads to; nothing when it leads nowhere. */
    private Optional<SftpATTRS> followed(RemotePath path, SftpATTRS attributes) throws SftpException {
        if (!attributes.isLink()) {
            return Optional.of(attributes);
        }
        try {
            return Optional.of(sftp.stat(path.quoted()));
        } catch (SftpException e) {
            if (e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void copyFile(RemotePath source, SftpATTRS attributes, Path target) throws SftpException, IOException {
        try (OutputStream out = Files.newOutputStream(target)) {
            sftp.get(source.quoted(), out);
        }
        if (modes) {
            copyMode((attributes.getPermissions() & OWNER_MAY_EXECUTE) != 0, target);
        }
    }

    private static void copyMode(boolean executable, Path target) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(target, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        Set<PosixFilePermission> mode = view.readAttributes().permissions();
        Set<PosixFilePermission> wanted = new HashSet<>(mode);
        setIf(executable, wanted, PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_EXECUTE);
        setIf(executable, wanted, PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_EXECUTE);
        setIf(executable, wanted, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
        if (!wanted.equals(mode)) {
            view.setPermissions(wanted);
        }
    }

    private static void setIf(
            boolean executable, Set<PosixFilePermission> mode, PosixFilePermission read, PosixFilePermission execute) {
        if (executable && mode.contains(read)) {
            mode.add(execute);
        } else {
            mode.remove(execute);
        }
    }
}
