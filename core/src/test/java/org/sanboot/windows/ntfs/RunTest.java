package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Structure;

class RunTest {

    private static final Geometry GEOMETRY = new Geometry(512, 4096, 0x10_0000, 4, 1024);

    @Test
    void runs_step_forward_and_backward_over_the_volume_and_leave_holes() {
        assertThat(decode("21 18 34 56  01 08  11 10 F0  00", 0x30))
                .containsExactly(new Run(0, 0x5634, 0x18), new Run(0x18, Run.HOLE, 8), new Run(0x20, 0x5624, 0x10));
    }

    @Test
    void a_part_of_an_attribute_counts_on_from_where_it_starts() {
        assertThat(Run.decode(structure("11 02 05 00"), 0, 100, 101, GEOMETRY)).containsExactly(new Run(100, 5, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "'00', its list of runs ends too early or cannot be decoded",
        "'19 01', its list of runs ends too early or cannot be decoded",
        "'91 01', its list of runs ends too early or cannot be decoded",
        "'11 00 05 00', a run of 0 clusters cannot be right",
        "'11 FF 05 00', a run of -1 clusters cannot be right",
        "'11 7F 05 00', a run of 127 clusters cannot be right",
        "'41 01 FF FF FF 7F 00', a run lies outside of the volume",
        "'11 01 80 00', a run lies outside of the volume",
        "'21 01', it should go on to byte 4 but has 2",
    })
    void runs_that_cannot_be_right_are_refused(String hex, String why) {
        assertThatThrownBy(() -> decode(hex, 0x30))
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("The list is damaged: " + why + ".");
    }

    private static List<Run> decode(String hex, int clusters) {
        return Run.decode(structure(hex), 0, 0, clusters - 1, GEOMETRY);
    }

    private static Structure structure(String hex) {
        return new Structure("The list", HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
