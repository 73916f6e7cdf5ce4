package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.registry.HiveBuilder.Index;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

class HiveEditorTest {

    private static final String TEXT = """
            [A]
            "Start"=dword:00000001
            "Text"="some text"
            "List"=multi:"?:\\pagefile.sys"
            [B]
            """;

    private final byte[] bytes = new HiveBuilder().add(TEXT).build();
    private final byte[] original = bytes.clone();

    @Test
    void an_overwritten_number_changes_its_own_bytes_and_no_other() {
        edit(key -> editor(key).setDword(key, "START", 2), "A");

        assertThat(Arrays.mismatch(bytes, original)).isPositive();
        bytes[Arrays.mismatch(bytes, original)]--;
        assertThat(bytes).isEqualTo(original);
        edit(key -> editor(key).setDword(key, "START", 2), "A");
        assertThat(key("A").dword("Start")).hasValue(2);
    }

    @Test
    void the_same_number_changes_nothing() {
        edit(key -> editor(key).setDword(key, "Start", 1), "A");

        assertThat(bytes).isEqualTo(original);
    }

    @Test
    void a_number_is_added_beside_the_values_that_are_there() {
        edit(key -> editor(key).setDword(key, "Optional", 7), "A");

        assertThat(key("A").dword("Optional")).hasValue(7);
        assertThat(key("A").dword("Start")).hasValue(1);
        assertThat(key("A").string("Text")).hasValue("some text");
        assertThat(key("A").strings("List")).containsExactly("?:\\pagefile.sys");
        assertThat(Arrays.copyOf(bytes, 4096)).isEqualTo(Arrays.copyOf(original, 4096));
        assertThat(bytes).hasSameSizeAs(original);
    }

    @Test
    void a_number_is_added_to_a_key_that_had_no_value() {
        edit(key -> editor(key).setDword(key, "First", 7), "B");

        assertThat(key("B").dword("First")).hasValue(7);
    }

    @Test
    void a_list_is_emptied_the_way_windows_does_it() {
        edit(key -> editor(key).clearStrings(key, "List"), "A");

        assertThat(key("A").value("List").orElseThrow().data()).containsExactly(0, 0);
        assertThat(key("A").value("List").orElseThrow().type()).isEqualTo(7);
        assertThat(key("A").string("Text")).hasValue("some text");
    }

    @Test
    void the_room_of_what_was_given_up_is_used_again() {
        Draft draft = new Draft(new MemoryMedium(bytes));
        Hive hive = Hive.open("SYSTEM", draft);
        HiveEditor editor = new HiveEditor(hive);
        Key first = hive.root().find("A").orElseThrow();
        editor.clearStrings(first, "List");

        for (int i = 0; i < 20; i++) {
            editor.setDword(hive.root().find("B").orElseThrow(), "Value" + i, i);
        }

        Key key = Hive.open("SYSTEM", draft).root().find("B").orElseThrow();
        for (int i = 0; i < 20; i++) {
            assertThat(key.dword("Value" + i)).hasValue(i);
        }
    }

    @Test
    void a_hive_whose_file_has_no_room_says_so_before_the_file_grows() {
        Draft draft = new Draft(new MemoryMedium(bytes));
        Hive hive = Hive.open("SYSTEM", draft);
        HiveEditor editor = new HiveEditor(hive);

        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        editor.setDword(hive.root().find("B").orElseThrow(), "Value" + i, i);
                    }
                })
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("SYSTEM has no free room, and its file none behind it; boot this Windows once and set the"
                        + " value there.");
    }

    @Test
    void a_text_is_not_taken_for_a_number() {
        assertThatThrownBy(() -> edit(key -> editor(key).setDword(key, "Text", 1), "A"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The value Text of \\A of SYSTEM is no REG_DWORD that can be set in place");
        assertThat(bytes).isEqualTo(original);
    }

    @ParameterizedTest
    @EnumSource(Index.class)
    void keys_are_added_where_their_names_belong(Index index) {
        byte[] hive = Arrays.copyOf(
                new HiveBuilder().index(index).add(TEXT + "[K10]\n[k20]\n[K30]").build(), 1 << 20);
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive));
        HiveEditor editor = new HiveEditor(system);
        for (String name : List.of("zz", "A0", "K15", "k25", "\u0416", "aA", "\u00e9", "K15")) {
            editor.createKey(system.root(), name);
        }

        List<String> names = Hive.open("SYSTEM", new MemoryMedium(hive)).root().subkeys().stream()
                .map(Key::name)
                .toList();

        assertThat(names)
                .containsExactly("A", "A0", "aA", "B", "K10", "K15", "k20", "k25", "K30", "zz", "\u00e9", "\u0416");
        for (String name : names) {
            assertThat(key(hive, name.toUpperCase(Locale.ROOT)).name()).isEqualTo(name);
        }
        assertThat(key(hive, "A").dword("Start")).hasValue(1);
    }

    @Test
    void a_hive_grows_by_bins_as_far_as_its_file_has_room() {
        byte[] hive = Arrays.copyOf(bytes, 1 << 20);
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive));
        HiveEditor editor = new HiveEditor(system);
        byte[] large = new byte[50_000];
        new Random(1).nextBytes(large);
        Key drivers = editor.createKey(system.root(), "Drivers", "Of", "Many");
        for (int i = 0; i < 600; i++) {
            Key key = editor.createKey(drivers, "Key" + i);
            editor.setDword(key, "Number", i);
        }
        editor.setValue(drivers, "Large", 3, large);
        editor.setValue(drivers, "", 1, "text\0".getBytes(StandardCharsets.UTF_16LE));
        editor.setValue(drivers, "\u0416", 0, new byte[0]);

        Hive grown = Hive.open("SYSTEM", new MemoryMedium(hive));
        Key key = grown.root().find("drivers", "of", "many").orElseThrow();
        assertThat(grown.state()).isEqualTo(Hive.State.CLEAN);
        assertThat(grown.binsSize()).isGreaterThan(bytes.length);
        assertThat(key.subkeys()).hasSize(600).isSortedAccordingTo(Comparator.comparing(Key::name));
        assertThat(key.find("Key599").orElseThrow().dword("Number")).hasValue(599);
        assertThat(key.value("Large").orElseThrow().data()).isEqualTo(large);
        assertThat(key.string("")).hasValue("text");
        assertThat(key.value("\u0416").orElseThrow().data()).isEmpty();
        assertThat(key("A").string("Text")).hasValue("some text");
    }

    @Test
    void an_added_key_is_counted_by_its_parent_s_security_descriptor() {
        byte[] hive = Arrays.copyOf(bytes, 1 << 20);
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive));
        int security = system.root().node().signed32(44);
        int users = system.cell("security", security, 20).signed32(12);

        Key added = new HiveEditor(system).createKey(system.root(), "A", "One", "Two");

        assertThat(added.node().signed32(44)).isEqualTo(security);
        assertThat(system.cell("security", security, 20).signed32(12)).isEqualTo(users + 2);
        assertThat(added.path()).isEqualTo("A\\One\\Two");
    }

    @Test
    void a_value_that_is_replaced_gives_its_room_back() {
        byte[] hive = Arrays.copyOf(bytes, 200_000);
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive));
        HiveEditor editor = new HiveEditor(system);
        Key key = system.root().find("A").orElseThrow();

        for (int i = 0; i < 100; i++) {
            editor.setValue(key, "Text", i % 2 == 0 ? 3 : 1, new byte[i % 3 == 0 ? 40_000 : 40]);
        }

        assertThat(key(hive, "A").value("Text").orElseThrow().data()).hasSize(40_000);
        assertThat(key(hive, "A").dword("Start")).hasValue(1);
    }

    /** Each write by itself: a bin counts only once it is whole. */
    @Test
    void a_kill_after_any_write_leaves_a_hive_that_can_be_read_and_edited_again() {
        byte[] hive = Arrays.copyOf(bytes, 100_000);
        List<byte[]> killed = new ArrayList<>();
        Hive system = Hive.open("SYSTEM", new MemoryMedium(hive) {
            @Override
            public void write(long offset, ByteBuffer source) {
                super.write(offset, source);
                killed.add(hive.clone());
            }
        });
        Consumer<Hive> edit = each -> {
            HiveEditor editor = new HiveEditor(each);
            Key key = editor.createKey(each.root(), "A", "Added", "Below");
            editor.setValue(key, "Large", 3, new byte[40_000]);
            editor.setValue(each.root().find("A").orElseThrow(), "Text", 3, new byte[9]);
        };
        edit.accept(system);
        assertThat(killed).hasSizeGreaterThan(20);
        for (byte[] each : killed) {
            assertThat(key(each, "A").dword("Start")).hasValue(1);
            edit.accept(Hive.open("SYSTEM", new MemoryMedium(each)));
            assertThat(key(each, "A").find("Added", "Below").orElseThrow().value("Large"))
                    .isPresent();
            assertThat(key(each, "B").path()).isEqualTo("B");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\\b"})
    void a_name_that_no_key_can_have_is_refused(String name) {
        Hive system = Hive.open("SYSTEM", new MemoryMedium(bytes));

        assertThatThrownBy(() -> new HiveEditor(system).createKey(system.root(), name))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageEndingWith("a key's name has 1 to 255 characters and no backslash.");
        assertThat(bytes).isEqualTo(original);
    }

    private static Key key(byte[] hive, String name) {
        return Hive.open("SYSTEM", new MemoryMedium(hive)).root().find(name).orElseThrow();
    }

    private Hive open = HiveTest.open(bytes);

    private HiveEditor editor(Key key) {
        return new HiveEditor(open);
    }

    private void edit(Consumer<Key> edit, String key) {
        Draft draft = new Draft(new MemoryMedium(bytes));
        open = Hive.open("SYSTEM", draft);
        edit.accept(open.root().find(key).orElseThrow());
        draft.apply();
    }

    private Key key(String name) {
        return HiveTest.open(bytes).root().find(name).orElseThrow();
    }
}
