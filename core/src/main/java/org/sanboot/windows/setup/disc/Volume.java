package org.sanboot.windows.setup.disc;

import java.util.List;

/** A file system of a disc. */
interface Volume {

    /** No directory of a disc that anybody installs from comes near it. */
    int LARGEST_DIRECTORY = 16 << 20;

    DiscFile root();

    List<DiscFile> list(DiscFile directory);
}
