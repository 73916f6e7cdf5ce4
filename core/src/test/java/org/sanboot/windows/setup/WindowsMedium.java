package org.sanboot.windows.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.sanboot.windows.Tools;

/** Makes an installation medium in the real formats: UDF and ISO 9660, El Torito, WIM files; only nothing in them runs. */
public final class WindowsMedium {

    private final Path directory;
    private final Path tree;
    private List<String> format = List.of("-udf", "-J", "-joliet-long");

    private WindowsMedium(Path directory) {
        this.directory = directory;
        this.tree = directory.resolve("medium");
    }

    public static WindowsMedium in(Path directory) {
        Tools.require("wimlib-imagex", "genisoimage");
        WindowsMedium medium = new WindowsMedium(directory);
        medium.file("bootmgr", "bootmgr");
        medium.file("bootmgr.efi", "bootmgr.efi");
        medium.file("README.TXT", "left out");
        medium.file("boot/bcd", "bcd");
        medium.file("boot/bootfix.bin", "asks for a key");
        medium.file("boot/fonts/wgl4_boot.ttf", "a font");
        medium.file("boot/etfsboot.com", "B".repeat(4096));
        medium.file("efi/boot/bootx64.efi", "bootx64");
        medium.file("efi/microsoft/boot/bcd", "bcd for UEFI");
        medium.file("efi/microsoft/boot/efisys_noprompt.bin", "E".repeat(1440 * 1024));
        medium.file("sources/setup.exe", "setup");
        Path pe = directory.resolve("pe");
        Samples.write(pe.resolve("WINDOWS/system32/winpeshl.exe"), "Windows PE");
        medium.capture(pe, "boot.wim", "Microsoft Windows PE (amd64)", List.of());
        medium.capture(pe, "boot.wim", "Microsoft Windows Setup (amd64)", List.of());
        return medium;
    }

    public WindowsMedium file(String path, String text) {
        Samples.write(tree.resolve(path), text);
        return this;
    }

    /** Adds an edition to install.wim, as its metadata describe it. */
    public WindowsMedium edition(WindowsEdition edition) {
        Path system = directory.resolve("system");
        Samples.write(system.resolve("Windows/explorer.exe"), "Windows");
        List<String> properties = new ArrayList<>(List.of(
                "WINDOWS/ARCH=" + edition.architecture(),
                "WINDOWS/EDITIONID=" + edition.editionId(),
                "WINDOWS/INSTALLATIONTYPE=" + (edition.server() ? "Server" : "Client"),
                "WINDOWS/VERSION/MAJOR=" + edition.major(),
                "WINDOWS/VERSION/MINOR=" + edition.minor(),
                "WINDOWS/VERSION/BUILD=" + edition.build(),
                "WINDOWS/LANGUAGES/DEFAULT=" + edition.defaultLanguage()));
        for (int i = 0; i < edition.languages().size(); i++) {
            properties.add("WINDOWS/LANGUAGES/LANGUAGE[%d]=%s"
                    .formatted(i + 1, edition.languages().get(i)));
        }
        if (!edition.displayName().equals(edition.name())) {
            properties.add("DISPLAYNAME=" + edition.displayName());
        }
        capture(system, "install.wim", edition.name(), properties);
        return this;
    }

    private void capture(Path source, String wim, String name, List<String> properties) {
        Path file = tree.resolve("sources").resolve(wim);
        List<Object> command = new ArrayList<>(
                List.of("wimlib-imagex", Files.exists(file) ? "append" : "capture", source, file, name));
        properties.forEach(property -> command.add("--image-property=" + property));
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Tools.run(command.toArray());
    }

    public WindowsMedium without(String path) {
        try {
            Files.delete(tree.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Makes the disc by ISO 9660 alone, with the given options of genisoimage. */
    WindowsMedium format(String... options) {
        format = List.of(options);
        return this;
    }

    public Path iso() {
        Path iso = directory.resolve("windows.iso");
        List<Object> command =
                new ArrayList<>(List.of("genisoimage", "-quiet", "-V", "CCCOMA_X64FRE", "-iso-level", "3"));
        command.addAll(format);
        command.addAll(List.of("-o", iso, tree));
        Tools.run(command.toArray());
        return iso;
    }

    /** Has what is used of a release of Win32-OpenSSH. */
    public static Path openSsh(Path directory) {
        Path file = directory.resolve("OpenSSH-Win64.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : List.of("OpenSSH-Win64/install-sshd.ps1", "OpenSSH-Win64/sshd.exe", "../outside.txt")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(name.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
