package org.sanboot.lab.embedded;

import java.nio.file.Path;
import org.sanboot.evidence.BackingReference;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;

/** Notes in the catalogue what stands on its images, and holds an image while a disk is on its way. */
record ImageReferences(ImageCatalogue catalogue) implements BackingReference {

    @Override
    public void retain(String image, Path disk) {
        catalogue.retain(image, disk);
    }

    @Override
    public Hold hold(String image) {
        ImageHold hold = catalogue.use(image);
        return hold::close;
    }
}
