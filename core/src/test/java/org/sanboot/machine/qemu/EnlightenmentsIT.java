package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Run;

@Tag("boot")
class EnlightenmentsIT {

    @TempDir
    Path directory;

    @Test
    void each_is_tried_with_those_before_it_and_what_ends_qemu_is_left_out() throws Exception {
        Path qemu = Files.writeString(directory.resolve("qemu"), """
                #!/bin/sh
                case "$*" in *hv-vpindex*|*hv-ipi*) echo "kernel doesn't allow it" >&2; exit 1;; esac
                case "$*" in *hv-synic*) kill -ABRT $$;; esac
                read -r command
                [ "$command" = quit ]
                """);
        assertThat(qemu.toFile().setExecutable(true)).isTrue();

        try (Run run = Run.open(directory.resolve("runs"))) {
            assertThat(Enlightenments.accepted(run, qemu, new Acceleration(true, "it is a test")))
                    .containsExactly(
                            "hv-relaxed",
                            "hv-vapic",
                            "hv-spinlocks=0x1fff",
                            "hv-runtime",
                            "hv-time",
                            "hv-stimer",
                            "hv-frequencies",
                            "hv-tlbflush",
                            "hv-crash");
        }
    }

    @Test
    void software_emulation_has_none() {
        try (Run run = Run.open(directory.resolve("runs"))) {
            assertThat(Enlightenments.proven(run, directory, Acceleration.software("it is a test")))
                    .isEmpty();
            assertThat(directory.resolve("enlightenments.json")).doesNotExist();
        }
    }

    @Test
    void the_answer_is_remembered() {
        try (Run run = Run.open(directory.resolve("runs"))) {
            Acceleration kvm = new Acceleration(true, "it is a test");

            var first = Enlightenments.proven(run, directory, kvm);

            assertThat(directory.resolve("enlightenments.json")).isNotEmptyFile();
            assertThat(Enlightenments.proven(run, directory, kvm)).isEqualTo(first);
        }
    }
}
