package org.sanboot.lab.embedded;

import java.nio.file.Path;
import org.sanboot.evidence.BackingReference;
import org.sanboot.image.ImageCatalogue;

/** Notes in the catalogue what stands on its images. */
record ImageReferences(ImageCatalogue catalogue) implements BackingReference {

    @Override
    public void retain(String image, Path disk) {
        catalogue.retain(image, disk);
    }

    @Override
    public void release(String image, Path disk) {
        catalogue.release(image, disk);
    }
}
