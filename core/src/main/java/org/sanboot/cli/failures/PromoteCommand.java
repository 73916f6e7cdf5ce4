package org.sanboot.cli.failures;

import org.sanboot.evidence.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "promote", description = "Make a golden image of the disk, as the failed test left it.")
final class PromoteCommand extends OneFailureAction {

    @Parameters(index = "1", paramLabel = "IMAGE", description = "The new image's name.")
    private String image = "";

    @Override
    void perform(Failure failure) {
        environment().promote(failure, image);
        out().println("The image " + image + " is in the catalogue.");
    }
}
