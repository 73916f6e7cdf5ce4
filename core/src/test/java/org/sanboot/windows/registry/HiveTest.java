package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

    @Test
    void an_empty_list_of_keys_is_refused() {
        byte[] bytes = new HiveBuilder().add(TEXT).build();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int list = buffer.getInt(4096 + buffer.getInt(36) + 4 + 28);
        buffer.putShort(4096 + list + 4 + 2, (short) 0);

        assertThatThrownBy(() -> open(bytes).root().subkeys())
                .hasMessage("The root key of SYSTEM is damaged: a list of its keys is empty.");
    }

    @Test
    void overlapping_lists_of_keys_cost_what_their_counts_say_and_not_what_their_cells_could_hold() {
        byte[] bytes = overlappingLists(60_000, 1);

        assertThat(assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> open(bytes).root().subkeys().size()))
                .isEqualTo(60_000);
    }

    @Test
    void reading_the_same_bytes_again_and_again_comes_to_an_end() {
        byte[] bytes = overlappingLists(60_000, 1);

        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            Hive hive = open(bytes);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            hive.root().find("A", "A", "B");
                        }
                    })
                    .hasMessage("SYSTEM is damaged: reading it takes too many steps.");
        });
    }

    @Test
    void a_list_that_counts_more_keys_than_its_cell_holds_is_refused() {
        assertThatThrownBy(() -> open(overlappingLists(2, 0xffff)).root().subkeys())
                .isInstanceOf(InfrastructureException.class);
    }

    /** Makes a root with a list of lists; these begin every sixteen bytes, in cells of 512 KiB each. */
    private static byte[] overlappingLists(int lists, int count) {
        int bins = 4 << 20;
        int root = 0x20;
        int key = 0x100;
        int listOfLists = 0x1000;
        int first = 1 << 20;
        byte[] bytes = new byte[4096 + bins];
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put(0, "regf".getBytes(StandardCharsets.US_ASCII));
        file.putInt(20, 1).putInt(24, 5).putInt(36, root).putInt(40, bins);
        key(file, root, "R", lists, listOfLists);
        key(file, key, "A", 0, -1);
        file.putInt(4096 + listOfLists, -(4 + 4 + 4 * lists + 7) / 8 * 8)
                .put(4096 + listOfLists + 4, new byte[] {'r', 'i'});
        file.putShort(4096 + listOfLists + 6, (short) lists);
        for (int i = 0; i < lists; i++) {
            int list = first + 16 * i;
            file.putInt(4096 + listOfLists + 8 + 4 * i, list);
            file.putInt(4096 + list, -(512 << 10)).put(4096 + list + 4, new byte[] {'l', 'i'});
            file.putShort(4096 + list + 6, (short) count).putInt(4096 + list + 8, key);
        }
        return bytes;
    }

    private static void key(ByteBuffer file, int cell, String name, int keys, int list) {
        int at = 4096 + cell;
        file.putInt(at, -(4 + 76 + 8)).put(at + 4, new byte[] {'n', 'k'}).putShort(at + 6, (short) 0x20);
        file.putInt(at + 4 + 20, keys).putInt(at + 4 + 28, list);
        file.putShort(at + 4 + 72, (short) name.length()).put(at + 4 + 76, name.getBytes(StandardCharsets.US_ASCII));
    }

    static Hive open(byte[] bytes) {
        return Hive.open("SYSTEM", new MemoryMedium(bytes));
    }
}
