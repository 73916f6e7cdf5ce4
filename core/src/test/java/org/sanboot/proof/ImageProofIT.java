package org.sanboot.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Progress;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.proof.Finding.Verdict;
import org.sanboot.testing.TestHome;

/** Clone, boot, look, and a name or none: with the small guest in the place of a Windows. */
@Tag("boot")
class ImageProofIT {

    private static final String NAME = "agent";

    @TempDir
    private Path directory;

    private LabConfiguration configuration;
    private ImageCatalogue catalogue;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void makeCandidate() throws Exception {
        configuration = new LabConfiguration(TestHome.withTinyGuest(directory.resolve("home")), 1);
        catalogue = new ImageCatalogue(configuration.home());
        Path overlay = configuration.home().resolve("candidate.qcow2");
        try (Layer parent = catalogue.find(TestHome.TINY).open()) {
            DiskClone.create(parent, overlay, Durability.PROCESS).close();
        }
        catalogue.addVersion(TestHome.TINY, ImageProof.candidate(NAME), overlay, Progress.NONE);
    }

    private GoldenImage prove(Examination examination) {
        return new ImageProof(configuration, told::add)
                .prove(
                        NAME,
                        HostRequest.of(ImageProof.candidate(NAME))
                                .memoryMebibytes(256)
                                .readyTimeout(Duration.ofMinutes(10)),
                        examination);
    }

    @Test
    void what_boots_and_is_as_it_has_to_be_gets_its_name() {
        GoldenImage proven = prove(Examination.of(GuestFamily.LINUX));

        assertThat(proven.name()).isEqualTo(NAME);
        assertThat(catalogue.names()).containsExactly(NAME, TestHome.TINY);
        catalogue.verify(NAME, Progress.NONE);
        assertThat(told)
                .anyMatch(line -> line.matches("proof: guest ready +\\d+\\.\\d s"))
                .filteredOn(line -> line.contains(" good "))
                .hasSize(3);
        assertThat(FailureStore.at(configuration.home()).list()).isEmpty();
    }

    @Test
    void what_is_not_as_it_has_to_be_stays_as_it_is_with_all_that_was_seen() {
        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> prove(host -> List.of(
                        LinuxExamination.bootDisk(host.bootDisk()), new Finding("sshd", Verdict.BAD, "stopped"))))
                .withMessageContaining("The guest boots from iSCSI, but is not as it has to be: sshd (stopped).")
                .withMessageContaining("What it left is kept:")
                .withMessageContaining("No image agent was made. What was to become it is image agent-unproven:");

        assertThat(catalogue.names()).containsExactly(ImageProof.candidate(NAME), TestHome.TINY);
        List<Failure> kept = FailureStore.at(configuration.home()).list();
        assertThat(kept).hasSize(1);
        assertThat(kept.get(0).directory().resolve("disk.qcow2")).isNotEmptyFile();
        assertThat(kept.get(0).directory().resolve("screenshots")).isNotEmptyDirectory();
        assertThat(catalogue.retained(ImageProof.candidate(NAME))).hasSize(1);
    }
}
