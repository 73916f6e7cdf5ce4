package org.sanboot.cli.windows;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.sanboot.lab.HostRequest;

/** Where the commands boot what they have made, before tests do. */
public interface WindowsProver {

    /**
     * Boots a clone of a candidate over iSCSI, looks at its guest, and gives the candidate its name when all is well.
     *
     * @param name of the image; its candidate is there, see {@link org.sanboot.proof.ImageProof#candidate}
     * @param machine says what machine to boot it on
     * @param tell is told of each stage and each finding, in one line
     * @throws org.sanboot.SanbootException when it does not boot or is not as it has to be; it says what is kept
     */
    void prove(String name, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell);

    /**
     * Does the same with an image that has its name already.
     *
     * @param image the image
     * @param machine says what machine to boot it on
     * @param tell is told of each stage and each finding, in one line
     * @throws org.sanboot.SanbootException when it does not boot or is not as it has to be; it says what is kept
     */
    void examine(String image, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell);
}
