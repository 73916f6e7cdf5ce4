package org.sanboot.windows.setup;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

/**
 * Makes the disc that an unattended installation starts from, beside the installation medium, which stays as it is.
 *
 * <p>Only what must be there before any disc or disk can be relied on goes into boot.wim: the network card's driver and
 * the script that loads it. The answer file and the installed system's files are on the disc, where they can be read by
 * people. The installation medium is the machine's second disc: nothing of its gigabytes is copied, and nothing about its
 * file system matters, which a rebuilt medium would have to get right for files of more than 4 GiB.
 */
public final class SetupDisc {

    private static final String WIMLIB = "wimlib-imagex";
    private static final String GENISOIMAGE = "genisoimage";

    private final InstallationMedium medium;
    private final SetupOptions options;
    private final Path directory;

    private SetupDisc(InstallationMedium medium, SetupOptions options, Path directory) {
        this.medium = medium;
        this.options = options;
        this.directory = directory;
    }

    /**
     * Makes the disc and leaves what it is made of beside it: {@code disc}, its files; {@code boot.wim}, the files that go
     * into that; {@code boot.wim.txt}, the list of changes.
     *
     * @param medium is read
     * @param options were checked against an edition of the medium
     * @param directory made when it is missing, readable for its owner only as the answer file holds a password
     * @param run owns the programs that are started
     * @param progress is told what is being done
     * @return the disc image
     * @throws ConfigurationException when a program is missing, the directory is not empty, or the medium does not start by the firmware
     * @throws InfrastructureException when the disc cannot be made
     */
    public static Path make(
            InstallationMedium medium, SetupOptions options, Path directory, Run run, Consumer<String> progress) {
        requirePrograms();
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try (Stream<Path> before = Files.list(directory)) {
                if (before.findAny().isPresent()) {
                    throw new ConfigurationException("The folder " + directory + " is not empty; name a new one.");
                }
            }
            return new SetupDisc(medium, options, directory).make(run, progress);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The files for the installation cannot be written to " + directory + ": " + e + ".", e);
        }
    }

    /**
     * Looks for the programs that {@link #make} needs.
     *
     * @throws ConfigurationException when one is missing
     */
    public static void requirePrograms() {
        Programs.require(WIMLIB, "wimtools", "put drivers into Windows' setup");
        Programs.require(GENISOIMAGE, GENISOIMAGE, "make the disc that Windows' setup starts from");
    }

    private Path make(Run run, Consumer<String> progress) throws IOException {
        progress.accept("Copying what setup starts from");
        Path disc = Files.createDirectories(directory.resolve("disc"));
        medium.copyBootFiles(disc);
        requireBootImage(disc);
        writeFiles(disc.resolve("sanboot"));
        progress.accept("Putting drivers and scripts into boot.wim");
        updateBootWim(run, disc.resolve(InstallationMedium.BOOT_WIM));
        progress.accept("Making the boot disc");
        return makeImage(run, disc);
    }

    private void requireBootImage(Path disc) {
        String needed =
                options.firmware() == Firmware.UEFI ? InstallationMedium.UEFI_BOOT : InstallationMedium.BIOS_BOOT;
        if (!Files.exists(disc.resolve(needed))) {
            throw new ConfigurationException(
                    "%s does not start by %s: it has no %s.".formatted(medium.iso(), options.firmware(), needed));
        }
    }

    private void writeFiles(Path folder) throws IOException {
        SetupScripts scripts = new SetupScripts(options);
        Path system = Files.createDirectories(folder.resolve("system"));
        write(folder.resolve("unattend.xml"), AnswerFile.of(options));
        write(system.resolve("specialize.cmd"), scripts.specialize());
        write(system.resolve("first-logon.cmd"), SetupScripts.firstLogon());
        write(system.resolve("sysprep.xml"), AnswerFile.forSysprep());
        write(system.resolve("settings.reg"), scripts.settings());
        write(system.resolve("administrators_authorized_keys"), options.sshKey() + "\n");
        options.openSsh().copyTo(system);
        Path inBootWim = Files.createDirectories(directory.resolve("boot.wim"));
        write(inBootWim.resolve("startnet.cmd"), scripts.startNet());
        write(inBootWim.resolve("winpeshl.ini"), SetupScripts.winPeShell());
        write(directory.resolve("boot.wim.txt"), bootWimChanges(options, directory));
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }

    /** Commands of {@code wimlib-imagex update}. */
    static String bootWimChanges(SetupOptions options, Path directory) {
        List<String> lines = new ArrayList<>();
        for (String name : List.of("startnet.cmd", "winpeshl.ini")) {
            lines.add("add %s /Windows/System32/%s".formatted(quoted(directory.resolve("boot.wim/" + name)), name));
        }
        DriverPlaces places = DriverPlaces.of(options.drivers());
        for (Path drivers : places.directories()) {
            lines.add("add %s %s".formatted(quoted(drivers), places.target(drivers)));
        }
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /** {@code wimlib-imagex update} knows no escape within quotes. */
    private static String quoted(Path path) {
        String absolute = path.toAbsolutePath().toString();
        if (absolute.contains("\"")) {
            throw new ConfigurationException("The path " + absolute + " has a quotation mark in it; use another.");
        }
        return '"' + absolute + '"';
    }

    /** In each of its images: which one starts is the medium's to say. */
    private void updateBootWim(Run run, Path bootWim) throws IOException {
        for (int image : medium.bootImages()) {
            ProcessBuilder update = new ProcessBuilder(
                    Programs.find(WIMLIB).orElseThrow().toString(),
                    "update",
                    bootWim.toString(),
                    String.valueOf(image));
            update.redirectInput(directory.resolve("boot.wim.txt").toFile());
            execute(run, update, "Image %d of boot.wim cannot be changed".formatted(image));
        }
        execute(
                run,
                new ProcessBuilder(Programs.find(WIMLIB).orElseThrow().toString(), "verify", bootWim.toString()),
                "The changed boot.wim is damaged");
    }

    /** UDF beside ISO 9660, as on Microsoft's own, for whichever of the two a loader reads. */
    private Path makeImage(Run run, Path disc) throws IOException {
        Path image = directory.resolve("setup.iso");
        List<String> command = new ArrayList<>(
                List.of(Programs.find(GENISOIMAGE).orElseThrow().toString(), "-quiet", "-V", "SANBOOT", "-udf"));
        command.addAll(List.of("-J", "-joliet-long", "-iso-level", "3", "-D", "-N", "-d", "-relaxed-filenames"));
        boolean bios = Files.exists(disc.resolve(InstallationMedium.BIOS_BOOT));
        boolean uefi = Files.exists(disc.resolve(InstallationMedium.UEFI_BOOT));
        command.addAll(List.of("-c", "boot.cat"));
        if (bios) {
            command.addAll(List.of("-b", InstallationMedium.BIOS_BOOT, "-no-emul-boot", "-boot-load-size", "8"));
        }
        if (uefi) {
            command.addAll(bios ? List.of("-eltorito-alt-boot") : List.of());
            command.addAll(List.of("-e", InstallationMedium.UEFI_BOOT, "-no-emul-boot"));
        }
        command.addAll(List.of("-o", image.toString(), disc.toString()));
        execute(run, new ProcessBuilder(command), "The boot disc cannot be made");
        return image;
    }

    private static void execute(Run run, ProcessBuilder builder, String failure) throws IOException {
        // boot.wim is spelled as its maker liked; to Windows, windows and Windows are one folder.
        builder.environment().put("WIMLIB_IMAGEX_IGNORE_CASE", "1");
        Process process = run.start(builder.redirectErrorStream(true));
        process.getOutputStream().close();
        try (BufferedReader reader = process.inputReader()) {
            List<String> output = reader.lines().filter(line -> !line.isBlank()).toList();
            int status = process.waitFor();
            if (status != 0) {
                throw new InfrastructureException("%s: status %d, %s."
                        .formatted(
                                failure,
                                status,
                                output.subList(Math.max(0, output.size() - 3), output.size()).stream()
                                        .map(String::strip)
                                        .collect(Collectors.joining("; "))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(failure + ": it was interrupted.", e);
        } finally {
            process.destroy();
        }
    }
}
