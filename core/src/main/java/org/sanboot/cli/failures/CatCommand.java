package org.sanboot.cli.failures;

import java.io.IOException;
import java.io.OutputStream;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.DiskInspection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "cat", description = "Print a file of the guest, from the sealed disk, byte for byte.")
final class CatCommand extends OneFailureAction {

    @Parameters(index = "1", paramLabel = "PATH", description = "Such as /var/log/syslog or C:\\Windows\\setupact.log.")
    private String path = "";

    @Mixin
    private VolumeOption volume = new VolumeOption();

    @Override
    void perform(Failure failure) throws IOException {
        try (var inspection = DiskInspection.open(
                DiskChain.of(failure.disk()).disk(), environment().scratch())) {
            OutputStream output = environment().binaryOutput();
            inspection.volume(volume.partition()).copy(path, output);
            output.flush();
        }
    }
}
