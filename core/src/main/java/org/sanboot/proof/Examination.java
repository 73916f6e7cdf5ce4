package org.sanboot.proof;

import java.util.List;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.BootedHost;

/** What is looked at in a guest that was booted to prove its image. */
public interface Examination {

    /**
     * Looks at a guest that takes commands.
     *
     * @param host the machine
     * @return everything that was looked at, also what is as it has to be
     */
    List<Finding> examine(BootedHost host);

    /**
     * Returns the examination for a kind of guest.
     *
     * @param family of the image
     * @return the examination
     * @throws ConfigurationException when there is none
     */
    static Examination of(GuestFamily family) {
        return switch (family) {
            case LINUX -> new LinuxExamination();
            case WINDOWS -> new WindowsExamination();
            case OTHER ->
                throw new ConfigurationException(
                        "What a guest of family 'other' has to be like is not known; only linux and windows are proved.");
        };
    }
}
