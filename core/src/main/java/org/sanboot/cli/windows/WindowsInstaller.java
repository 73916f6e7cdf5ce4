package org.sanboot.cli.windows;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallRecipe;

/** Where {@code sanboot windows install} installs. */
public interface WindowsInstaller {

    /**
     * Returns where images and runs are.
     *
     * @return a directory
     */
    Path home();

    /**
     * Refuses a name for an image that is taken, before hours are spent on it.
     *
     * @param name the image's
     * @throws org.sanboot.ConfigurationException when there is such an image, or none may be called so
     */
    void requireFree(String name);

    /**
     * Installs, and makes an image of the disk.
     *
     * @param recipe what to install
     * @param name of the image
     * @param keepRecords whether the pictures of the screen stay when all goes well, too
     * @param progress is told of each stage
     * @throws org.sanboot.install.InstallFailedException when it does not come to its end
     */
    void install(InstallRecipe recipe, String name, boolean keepRecords, Consumer<InstallProgress> progress);
}
