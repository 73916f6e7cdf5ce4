package org.sanboot.evidence;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sanboot.Home;
import org.sanboot.InfrastructureException;

/**
 * A failure that was kept.
 *
 * @param id its name in the store, unique, starting with the date
 * @param directory everything that was kept
 * @param disk the sealed overlay in it, a standard qcow2 file
 */
public record Failure(String id, Path directory, Path disk) {

    static final String DISK = "disk.qcow2";
    static final String MANIFEST = "manifest.json";
    static final String REPORT = "report.html";
    static final String PIN = "pinned";
    static final String FLAKY = "flaky";
    static final String INTERRUPTED = "interrupted";

    static Failure in(Path directory) {
        return new Failure(String.valueOf(directory.getFileName()), directory, directory.resolve(DISK));
    }

    /**
     * Reads what was recorded.
     *
     * @return the manifest; when it is missing or damaged, what can be told without it, with a remark that says so
     */
    public Manifest manifest() {
        return ManifestFile.read(directory);
    }

    /**
     * Returns the golden image that the disk stands on.
     *
     * @return its name in the catalogue
     * @throws InfrastructureException when the manifest does not say, because it is missing or damaged
     */
    public String imageName() {
        Manifest.Image image = manifest().image();
        if (image == null) {
            throw new InfrastructureException(
                    "The manifest of %s is damaged and does not name the disk's image; qemu-img info %s shows its path."
                            .formatted(directory, disk));
        }
        return image.name();
    }

    /**
     * Returns the page that explains the failure.
     *
     * @return a self-contained HTML file; missing when the host's disk was full
     */
    public Path report() {
        return directory.resolve(REPORT);
    }

    /**
     * Tells whether it is exempt from retention.
     *
     * @return true after {@link FailureStore#pin}
     */
    public boolean pinned() {
        return Files.exists(directory.resolve(PIN));
    }

    /**
     * Tells whether the test passed when it was run again.
     *
     * @return true after {@link FailureStore#markFlaky}
     */
    public boolean flaky() {
        return Files.exists(directory.resolve(FLAKY));
    }

    /**
     * Tells whether its run was ended while the machine was in use, so that there may be no verdict and some of the evidence
     * may be missing.
     *
     * @return true when it was only {@linkplain FailureStore#prepare prepared}
     */
    public boolean interrupted() {
        return Files.exists(directory.resolve(INTERRUPTED));
    }

    /**
     * Returns the commands that inspect it, boot a clone of it, and delete it.
     *
     * @return three lines for a terminal
     */
    public List<String> commands() {
        String quoted = quoted(disk);
        return List.of(
                "inspect   qemu-img info --backing-chain " + quoted + "   (or: guestfish --ro -i -a " + quoted + ")",
                "boot      " + command("boot --failure " + id),
                "delete    " + command("failures delete " + id));
    }

    /** Returns a command that can be copied into any shell: it names the home when that is not the usual one. */
    String command(String arguments) {
        Path home = directory.resolveSibling("..").normalize();
        String variable = home.equals(Home.usual()) ? "" : "SANBOOT_HOME=" + quoted(home) + " ";
        return variable + "sanboot " + arguments;
    }

    static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
