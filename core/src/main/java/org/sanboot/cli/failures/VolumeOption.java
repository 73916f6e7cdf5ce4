package org.sanboot.cli.failures;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Which part of a disk is meant. */
final class VolumeOption {

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "The partition; the largest with a known file system when it is left out.")
    private Optional<Integer> partition = Optional.empty();

    Optional<Integer> partition() {
        return partition;
    }
}
