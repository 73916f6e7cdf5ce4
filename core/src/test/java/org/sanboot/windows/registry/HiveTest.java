package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.MemoryMedium;

class HiveTest {

    private static final String TEXT = """
            [Select]
            "Current"=dword:00000002
            [ControlSet001\\Services\\Psched]
            "Start"=dword:ffffffff
            "DisplayName"="@%windir%\\\\pacer.sys,-101"
            "Both"=multi:"one","two three"
            "None"=multi:""
            @="the default"
            [ControlSet001\\Services\\netkvm]
            [ControlSet001\\Services\\WfpLwf]
            """;

    @ParameterizedTest
    @EnumSource(HiveBuilder.Index.class)
    void keys_are_found_in_any_case_through_every_kind_of_list(HiveBuilder.Index index) {
        Hive hive = open(new HiveBuilder().index(index).add(TEXT).build());

        assertThat(hive.root().find("SELECT").orElseThrow().dword("current")).hasValue(2);
        assertThat(hive.root().find("controlset001", "services").orElseThrow().subkeys())
                .extracting(Key::name)
                .containsExactly("netkvm", "Psched", "WfpLwf");
        assertThat(hive.root()
                        .find("ControlSet001", "Services", "PSCHED")
                        .orElseThrow()
                        .path())
                .isEqualTo("ControlSet001\\Services\\Psched");
        assertThat(hive.root().find("ControlSet001", "nowhere", "Psched")).isEmpty();
    }

    @Test
    void values_are_read_by_their_types() {
        Key key = open(new HiveBuilder().add(TEXT).build())
                .root()
                .find("ControlSet001", "Services", "Psched")
                .orElseThrow();

        assertThat(key.dword("Start")).hasValue(0xffff_ffffL);
        assertThat(key.string("DisplayName")).hasValue("@%windir%\\pacer.sys,-101");
        assertThat(key.string("")).hasValue("the default");
        assertThat(key.strings("Both")).containsExactly("one", "two three");
        assertThat(key.strings("None")).isEmpty();
        assertThat(key.strings("DisplayName")).isEmpty();
        assertThat(key.dword("DisplayName")).isEmpty();
        assertThat(key.string("Start")).isEmpty();
        assertThat(key.value("absent")).isEmpty();
    }

    @Test
    void data_beyond_sixteen_kilobytes_is_put_together_from_its_segments() {
        byte[] large = new byte[40_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i / 7);
        }
        Hive hive = open(new HiveBuilder().value("A", "large", 3, large).build());

        assertThat(hive.root()
                        .find("A")
                        .orElseThrow()
                        .value("large")
                        .orElseThrow()
                        .data())
                .isEqualTo(large);
    }

    @Test
    void unequal_sequence_numbers_mean_that_the_logs_hold_more() {
        byte[] bytes = new HiveBuilder().add(TEXT).build();
        bytes[4]++;
        bytes[508] ^= (byte) (bytes[4] ^ (bytes[4] - 1));

        assertThat(open(bytes).state()).isEqualTo(Hive.State.DIRTY);
    }

    @Test
    void a_checksum_that_does_not_fit_is_noticed() {
        byte[] bytes = new HiveBuilder().add(TEXT).build();
        assertThat(open(bytes).state()).isEqualTo(Hive.State.CLEAN);

        bytes[100]++;

        assertThat(open(bytes).state()).isEqualTo(Hive.State.BAD_CHECKSUM);
    }

    @Test
    void a_hive_that_is_cut_off_is_refused() {
        byte[] bytes = new HiveBuilder().add(TEXT).build();

        assertThatThrownBy(() -> open(Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("SYSTEM is damaged: it is cut off: 8191 bytes of 8192 are there.");
        assertThatThrownBy(() -> open(Arrays.copyOf(bytes, 100))).isInstanceOf(InfrastructureException.class);
    }

    @Test
    void a_file_that_is_no_hive_is_refused() {
        assertThatThrownBy(() -> open(new byte[8192])).hasMessage("SYSTEM is damaged: it is not a registry hive.");
    }

    @Test
    void a_list_of_keys_that_contains_itself_is_refused() {
        byte[] bytes = new HiveBuilder().index(HiveBuilder.Index.RI).add(TEXT).build();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int root = buffer.getInt(36);
        int list = buffer.getInt(4096 + root + 4 + 28);
        buffer.putInt(4096 + list + 8, list);

        assertThatThrownBy(() -> open(bytes).root().subkeys())
                .hasMessage("The root key of SYSTEM is damaged: its list of keys cannot be read.");
    }

    static Hive open(byte[] bytes) {
        return Hive.open("SYSTEM", new MemoryMedium(bytes));
    }
}
