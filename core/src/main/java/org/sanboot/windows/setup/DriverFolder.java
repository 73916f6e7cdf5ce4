package org.sanboot.windows.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/** A folder with drivers, as their makers deliver them: an INF file beside what it names, at any depth. */
public final class DriverFolder {

    private final List<InfFile> drivers;

    private DriverFolder(List<InfFile> drivers) {
        this.drivers = drivers;
    }

    /**
     * Reads what drivers there are.
     *
     * @param directory the folder
     * @return with at least one INF file
     * @throws ConfigurationException when it is no folder or has no drivers
     */
    public static DriverFolder of(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ConfigurationException("There is no folder with drivers at " + directory + ".");
        }
        try (Stream<Path> files = Files.walk(directory)) {
            List<InfFile> drivers = files.filter(DriverFolder::isInf)
                    .sorted()
                    .map(InfFile::read)
                    .toList();
            if (drivers.isEmpty()) {
                throw new ConfigurationException("The folder " + directory + " has no drivers: there is no .inf file in"
                        + " it; unpack what the maker delivers.");
            }
            return new DriverFolder(drivers);
        } catch (IOException e) {
            throw new InfrastructureException("The drivers in " + directory + " cannot be read: " + e + ".", e);
        }
    }

    private static boolean isInf(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".inf") && Files.isRegularFile(file);
    }

    List<InfFile> drivers() {
        return drivers;
    }

    List<InfFile> serving(NetworkAdapter adapter) {
        return drivers.stream().filter(driver -> driver.serves(adapter)).toList();
    }

    /** Lists the INF files that Windows would choose for the card. */
    List<InfFile> serving(NetworkAdapter adapter, WindowsEdition edition) {
        return drivers.stream()
                .filter(driver -> driver.serves(adapter, edition))
                .toList();
    }
}
