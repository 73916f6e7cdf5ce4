package org.sanboot.windows.setup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.sanboot.ConfigurationException;

/**
 * Where the guest's OpenSSH server comes from.
 *
 * <p>Windows 10, 11 and Server 2019 offer it as a capability that is fetched from Windows Update; an installation without
 * the internet, and Windows 7, take the releases of the Win32-OpenSSH project instead.
 */
public sealed interface OpenSsh {

    /**
     * Installs it.
     *
     * @return lines of a command file that runs in the folder that was copied to
     */
    List<String> commands();

    /**
     * Puts what {@link #commands()} use into a folder.
     *
     * @param directory is there
     * @throws IOException when it cannot be written
     */
    void copyTo(Path directory) throws IOException;

    /** The one that Windows brings is switched on: Server 2025 has one. */
    record Included() implements OpenSsh {
        @Override
        public List<String> commands() {
            return List.of();
        }

        @Override
        public void copyTo(Path directory) {}
    }

    /**
     * The project's zip file, whose files are copied and whose {@code install-sshd.ps1} is run.
     *
     * @param file has {@code install-sshd.ps1}, in its root or in one folder
     */
    record Zip(Path file) implements OpenSsh {

        private static final String FOLDER = "OpenSSH";

        /**
         * Releases since 2021 ask before they change the rights of a folder. The answer is given by {@code -Command}, as a
         * switch has no value after Windows PowerShell's {@code -File} (Microsoft Learn, "about_PowerShell_exe").
         */
        @Override
        public List<String> commands() {
            return List.of(
                    "xcopy /e /i /y /q " + FOLDER + " \"%ProgramFiles%\\OpenSSH\"",
                    "powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command \"& '%ProgramFiles%\\OpenSSH\\"
                            + INSTALL_SCRIPT + "' -Confirm:$false\"");
        }

        @Override
        public void copyTo(Path directory) throws IOException {
            Path folder = directory.resolve(FOLDER);
            try (ZipFile zip = new ZipFile(file.toFile())) {
                String prefix = installScript(zip).orElseThrow().replace(INSTALL_SCRIPT, "");
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    Path target = folder.resolve(
                                    entry.getName().substring(entry.getName().startsWith(prefix) ? prefix.length() : 0))
                            .normalize();
                    if (!entry.isDirectory() && target.startsWith(folder)) {
                        Files.createDirectories(target.getParent());
                        try (InputStream content = zip.getInputStream(entry)) {
                            Files.copy(content, target);
                        }
                    }
                }
            }
        }
    }

    /**
     * The project's installer for 64-bit Windows, for Windows 10, Server 2016 and later.
     *
     * @param file a Windows Installer package
     */
    record Installer(Path file) implements OpenSsh {

        private static final String NAME = "openssh.msi";

        @Override
        public List<String> commands() {
            return List.of("msiexec /i " + NAME + " /qn /norestart /l openssh.log");
        }

        @Override
        public void copyTo(Path directory) throws IOException {
            Files.copy(file, directory.resolve(NAME));
        }
    }

    /** Run by {@link Zip}. */
    String INSTALL_SCRIPT = "install-sshd.ps1";

    /**
     * Looks at what the user gives.
     *
     * @param file a zip file or an MSI package of Win32-OpenSSH
     * @return how to install it
     * @throws ConfigurationException when it is neither
     */
    static OpenSsh of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (!Files.isReadable(file)) {
            throw new ConfigurationException("The OpenSSH package " + file + " is not there or cannot be read.");
        }
        if (name.endsWith(".msi")) {
            return new Installer(file);
        }
        if (name.endsWith(".zip") && hasInstallScript(file)) {
            return new Zip(file);
        }
        throw new ConfigurationException(file + " is no release of Win32-OpenSSH: that is a .msi file, or a .zip file"
                + " with " + INSTALL_SCRIPT + " in it.");
    }

    private static boolean hasInstallScript(Path file) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return installScript(zip).isPresent();
        } catch (IOException e) {
            throw new ConfigurationException("The zip file " + file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private static Optional<String> installScript(ZipFile zip) {
        return zip.stream()
                .map(ZipEntry::getName)
                .filter(entry -> entry.matches("([^/]+/)?" + INSTALL_SCRIPT))
                .findFirst();
    }
}
