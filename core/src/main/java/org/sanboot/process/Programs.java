package org.sanboot.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;

/** Finds external programs and files on this host, and says in one sentence how to get one that is missing. */
public final class Programs {

    private Programs() {}

    /**
     * Looks for a program on the {@code PATH}, and in the directories of system programs that users' paths lack.
     *
     * @param name the program's file name
     * @return the executable, or nothing
     */
    public static Optional<Path> find(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), Stream.of("/usr/sbin", "/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Looks for a program that cannot be done without.
     *
     * @param name the program's file name
     * @param debianPackage the package that brings it
     * @param purpose completes "it is needed to ..."
     * @return the executable
     * @throws ConfigurationException when it is missing
     */
    public static Path require(String name, String debianPackage, String purpose) {
        return find(name).orElseThrow(() -> missing(name, debianPackage, purpose));
    }

    /**
     * Looks for a file that a package brings.
     *
     * @param candidates where distributions put it, the preferred place first
     * @param debianPackage the package that brings it
     * @param purpose completes "it is needed to ..."
     * @return the first candidate that exists
     * @throws ConfigurationException when none does
     */
    public static Path requireFile(Stream<Path> candidates, String debianPackage, String purpose) {
        var all = candidates.toList();
        return all.stream()
                .filter(Files::isReadable)
                .findFirst()
                .orElseThrow(() -> missing(all.get(0).toString(), debianPackage, purpose));
    }

    private static ConfigurationException missing(String what, String debianPackage, String purpose) {
        return new ConfigurationException("%s is missing; it is needed to %s. On Debian or Ubuntu: apt-get install %s"
                .formatted(what, purpose, debianPackage));
    }
}
