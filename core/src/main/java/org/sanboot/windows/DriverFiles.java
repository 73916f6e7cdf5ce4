package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.DriverService.File;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;

/** Tells whether the files that services name are there. */
interface DriverFiles {

    /** Windows calls its own volume C:, but for rare ones. */
    String OTHER_DRIVE = "(?s)(\\\\\\?\\?\\\\)?[A-BD-Za-bd-z]:.*";

    /** For those who look at nothing but the registry. */
    DriverFiles NOT_EXAMINED = (service, imagePath) -> File.NOT_EXAMINED;

    /**
     * Looks for a driver's file.
     *
     * @param service its service's name
     * @param imagePath what {@code ImagePath} says; without one it is {@code System32\drivers\service.sys} (Microsoft,
     *     IoRegisterDriver and the ServiceBinary entry)
     */
    File find(String service, Optional<String> imagePath);

    /** Looks on the volume that a Windows is on. */
    static DriverFiles on(NtfsVolume volume, String directory) {
        return (service, imagePath) -> {
            if (imagePath.filter(path -> path.matches(OTHER_DRIVE)).isPresent()) {
                return File.NOT_EXAMINED;
            }
            try {
                Optional<NtfsFile> file = volume.find(path(directory, service, imagePath));
                return file.filter(found -> found.size() > 0).isPresent() ? File.PRESENT : File.ABSENT;
            } catch (InfrastructureException e) {
                return File.NOT_EXAMINED;
            }
        };
    }

    private static List<String> path(String directory, String service, Optional<String> imagePath) {
        String path = imagePath
                .filter(text -> !text.isBlank())
                .orElse("System32\\drivers\\" + service + ".sys")
                .strip();
        String lower = path.toLowerCase(Locale.ROOT);
        if (lower.startsWith("\\systemroot\\") || lower.startsWith("%systemroot%\\")) {
            path = directory + path.substring(path.indexOf('\\', 1));
        } else if (lower.matches("(?s)(\\\\\\?\\?\\\\)?[a-z]:\\\\.*")) {
            path = path.substring(path.indexOf(':') + 1);
        } else if (!path.startsWith("\\")) {
            path = directory + "\\" + path;
        }
        List<String> steps = new ArrayList<>(List.of(path.split("\\\\")));
        steps.removeIf(String::isEmpty);
        return steps;
    }
}
