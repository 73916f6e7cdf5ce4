package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.sanboot.InfrastructureException;

/**
 * Where a machine's own files lie.
 *
 * @param directory the machine's own directory within the run
 * @param sockets its sockets' paths without their ending, short
 */
record QemuFiles(Path directory, Path sockets) {

    Path qmpSocket() {
        return Path.of(sockets + ".qmp");
    }

    Path consoleSocket() {
        return Path.of(sockets + ".tty");
    }

    /** Where QEMU itself listens for viewers of the screen; who may open the sockets' directory may look and type. */
    Path vncSocket() {
        return Path.of(sockets + ".vnc");
    }

    /** Where swtpm listens for QEMU. */
    Path tpmSocket() {
        return Path.of(sockets + ".tpm");
    }

    /** What the TPM holds, which outlives power-offs as it does in a chip. */
    Path tpmState() {
        return directory.resolve("tpm");
    }

    /** Written by swtpm as soon as it listens. */
    Path tpmReady() {
        return directory.resolve("tpm.pid");
    }

    Path consoleLog() {
        return directory.resolve("console.log");
    }

    Path errorLog() {
        return directory.resolve("qemu.log");
    }

    Path commandLine() {
        return directory.resolve("qemu.command");
    }

    /** The directory that QEMU's TFTP server shows to the guest: it holds nothing but the boot script. */
    Path tftp() {
        return directory.resolve("tftp");
    }

    Path bootScript() {
        return tftp().resolve("boot.ipxe");
    }

    /** The machine's own UEFI variables, in the format of their template; they outlive power-offs as on a board. */
    Path uefiVariables() {
        return directory.resolve("uefi-variables.fd");
    }

    /** Makes what a machine needs before it is first switched on. */
    void create(QemuInstallation installation, String script, List<String> commandLine) {
        try {
            Files.createDirectories(directory.getParent());
            Files.createDirectory(directory);
            Files.createDirectory(tftp());
            // It may hold a CHAP secret.
            Files.createFile(
                    bootScript(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(bootScript(), script, UTF_8, StandardOpenOption.TRUNCATE_EXISTING);
            Files.writeString(
                    commandLine(), commandLine.stream().map(QemuFiles::quoted).collect(joining(" ", "", "\n")));
            Files.createFile(consoleLog());
            Files.createFile(errorLog());
            QemuInstallation.Uefi uefi = installation.uefi();
            if (uefi != null) {
                // Its bytes without its mode: the template is read-only to us, the board's own variables are not.
                Files.write(uefiVariables(), Files.readAllBytes(uefi.variables()));
            }
        } catch (FileAlreadyExistsException e) {
            throw new InfrastructureException(
                    "There is a machine in %s already; two machines of a run cannot have one name."
                            .formatted(directory),
                    e);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot write the files of a machine to " + directory + ": " + e, e);
        }
    }

    /** QEMU's last lines of complaint since the log had a length, on one line; empty when there are none. */
    String lastWords(long since) {
        try {
            byte[] log = Files.readAllBytes(errorLog());
            int start = (int) Math.min(since, log.length);
            List<String> lines = new String(log, start, log.length - start, UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> line.replaceFirst("^qemu-system-\\w+: ", ""))
                    .toList();
            return String.join("; ", lines.subList(Math.max(0, lines.size() - 2), lines.size()));
        } catch (IOException e) {
            // Removed with the run: there is nothing to quote.
            return "";
        }
    }

    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
