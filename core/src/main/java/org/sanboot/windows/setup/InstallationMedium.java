package org.sanboot.windows.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.setup.disc.Disc;
import org.sanboot.windows.setup.disc.DiscFile;

/** An installation medium of Windows: an ISO file as Microsoft delivers it. Only read. */
public final class InstallationMedium implements AutoCloseable {

    static final String BOOT_WIM = "sources/boot.wim";

    /** What the answer file is given to, see {@link SetupScripts#startNet()}. */
    private static final String SETUP = "sources/setup.exe";

    private static final String EI_CFG = "sources/ei.cfg";
    private static final String PID_TXT = "sources/pid.txt";

    /** Those files have some lines each. */
    private static final int LONGEST_TEXT = 64 << 10;

    /** El Torito's boot image for a BIOS. */
    static final String BIOS_BOOT = "boot/etfsboot.com";

    /** El Torito's boot image for UEFI, in its form that asks for no key. */
    static final String UEFI_BOOT = "efi/microsoft/boot/efisys_noprompt.bin";

    private static final List<String> INSTALL_FILES =
            List.of("sources/install.wim", "sources/install.esd", "sources/install.swm");

    /** What starts boot.wim. */
    private static final List<String> BOOT_FILES = List.of("bootmgr", "bootmgr.efi", "boot", "efi");

    /** Makes the BIOS's loader ask for a key when the disk has something to boot. */
    private static final Set<String> LEFT_OUT = Set.of("bootfix.bin");

    private final Path iso;
    private final Disc disc;
    private final DiscFile bootWim;
    private final List<Integer> bootImages;
    private final List<WindowsEdition> editions;

    private InstallationMedium(Path iso, Disc disc) {
        this.iso = iso;
        this.disc = disc;
        this.bootWim = require(BOOT_WIM);
        this.bootImages = WimFile.of(bootWim).images();
        DiscFile install = INSTALL_FILES.stream()
                .flatMap(path -> disc.find(path).stream())
                .findFirst()
                .orElseThrow(() -> new ConfigurationException(iso
                        + " is no installation medium of Windows: it has none of "
                        + String.join(", ", INSTALL_FILES) + "."));
        require(SETUP);
        this.editions = WimFile.of(install).editions();
    }

    /**
     * Opens a medium and reads what it can install.
     *
     * @param iso the ISO file
     * @return the medium, to be closed
     * @throws ConfigurationException when it is none
     * @throws InfrastructureException when it is damaged
     */
    public static InstallationMedium open(Path iso) {
        Disc disc = Disc.open(iso);
        try {
            return new InstallationMedium(iso, disc);
        } catch (RuntimeException e) {
            disc.close();
            throw e;
        }
    }

    private DiscFile require(String path) {
        return disc.find(path)
                .filter(file -> !file.directory())
                .orElseThrow(() -> new ConfigurationException(
                        iso + " is no installation medium of Windows: it has no " + path + "."));
    }

    /**
     * Returns the ISO file.
     *
     * @return as it was given
     */
    public Path iso() {
        return iso;
    }

    /**
     * Lists what it can install.
     *
     * @return in the order of the medium
     */
    public List<WindowsEdition> editions() {
        return editions;
    }

    /**
     * Finds an edition.
     *
     * @param wanted its index, its name or its id; null when there is only one
     * @return the edition
     * @throws ConfigurationException when that does not say which, and lists them all then; or when all are for another
     *     processor
     */
    public WindowsEdition edition(@Nullable String wanted) {
        Set<String> processors =
                editions.stream().map(WindowsEdition::processor).collect(Collectors.toSet());
        if (!editions.isEmpty()
                && editions.stream().noneMatch(edition -> edition.architecture() == WindowsEdition.AMD64)) {
            throw new ConfigurationException("%s is a medium for %s, and the machine is an x64 PC; take one for x64."
                    .formatted(iso, String.join(" and ", processors)));
        }
        Optional<WindowsEdition> found = wanted == null
                ? editions.stream().filter(edition -> editions.size() == 1).findFirst()
                : WindowsEdition.find(editions, wanted);
        return found.orElseThrow(() -> new ConfigurationException("%s; %s has these, to be named by number or name:%n%s"
                .formatted(
                        wanted == null
                                ? "Which edition is to be installed is not said"
                                : "There is no edition " + wanted,
                        iso.getFileName(),
                        editions.stream()
                                .map(edition -> "  %2d  %s".formatted(edition.index(), edition.describe()))
                                .collect(Collectors.joining(System.lineSeparator())))));
    }

    /**
     * Tells whether setup asks for a product key.
     *
     * @param edition one of the medium's
     * @return what is known of it
     */
    public KeyDemand keyDemand(WindowsEdition edition) {
        return KeyDemand.of(edition, text(EI_CFG));
    }

    /**
     * Returns the product key that the medium brings, which setup itself ignores once there is an answer file.
     *
     * @return the one of PID.txt
     */
    public Optional<String> productKey() {
        return text(PID_TXT).flatMap(KeyDemand::keyIn);
    }

    private Optional<String> text(String path) {
        return disc.find(path)
                .filter(file -> !file.directory() && file.size() <= LONGEST_TEXT)
                .map(file -> file.read(file.name(), 0, (int) file.size()).latin1(0, (int) file.size()));
    }

    /** Lists the numbers of the images in boot.wim: Windows PE as such, and setup's. */
    List<Integer> bootImages() {
        return bootImages;
    }

    /** Copies what it starts by, with boot.wim, and nothing of what it installs. */
    void copyBootFiles(Path directory) throws IOException {
        for (String name : BOOT_FILES) {
            Optional<DiscFile> file = disc.find(name);
            if (file.isPresent()) {
                copy(file.get(), directory);
            }
        }
        Path sources = Files.createDirectories(directory.resolve(BOOT_WIM).getParent());
        bootWim.copyTo(sources.resolve("boot.wim"));
    }

    /** In small letters, so that the boot images are found again; Windows does not mind. */
    private void copy(DiscFile file, Path directory) throws IOException {
        Path target = directory.resolve(file.name().toLowerCase(Locale.ROOT)).normalize();
        if (!directory.equals(target.getParent())
                || LEFT_OUT.contains(target.getFileName().toString())) {
            return;
        }
        if (!file.directory()) {
            file.copyTo(target);
            return;
        }
        Files.createDirectories(target);
        for (DiscFile child : disc.list(file)) {
            copy(child, target);
        }
    }

    @Override
    public void close() {
        disc.close();
    }
}
