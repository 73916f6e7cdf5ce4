package org.sanboot.windows.setup;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where boot.wim has the drivers: what stands beside or below an INF file is in a folder with a number.
 *
 * <p>The names that makers give to folders stay outside. A command file is read in the code page of the setup's language,
 * which is not known here, and cmd replaces what stands between percent signs.
 *
 * @param directories those with INF files, the first of which is number 1; what is below one that is below another is in
 *     boot.wim by both their numbers, where a WIM file keeps it once
 */
record DriverPlaces(List<Path> directories) {

    /** Within boot.wim. */
    private static final String FOLDER = "/sanboot/drivers";

    /** All of ASCII that Windows allows in a file's name, without the percent sign. */
    private static final Pattern SAFE = Pattern.compile("[ -~&&[^%\"*/:<>?\\\\|]]+");

    static DriverPlaces of(List<DriverFolder> folders) {
        return new DriverPlaces(folders.stream()
                .flatMap(folder -> folder.drivers().stream())
                .map(DriverPlaces::directory)
                .distinct()
                .toList());
    }

    private static Path directory(InfFile driver) {
        return Objects.requireNonNull(driver.file().getParent(), "an INF file is found in a folder");
    }

    /** Returns the folder of boot.wim that a directory is added as. */
    String target(Path directory) {
        return FOLDER + "/" + (directories.indexOf(directory) + 1);
    }

    /** Returns where the running setup finds the driver. */
    String inSetup(InfFile driver) {
        return "X:" + (target(directory(driver)) + "/" + driver.name()).replace('/', '\\');
    }

    static Optional<String> problem(InfFile driver) {
        return SAFE.matcher(driver.name()).matches()
                ? Optional.empty()
                : Optional.of(
                        "The driver file %s has a name that Windows' setup cannot be told, as it is not in plain ASCII or"
                                        .formatted(driver.file())
                                + " has a percent sign; rename it.");
    }
}
