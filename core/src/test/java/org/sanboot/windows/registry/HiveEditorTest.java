package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.sanboot.ConfigurationException;
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
    void a_hive_without_free_room_says_so_before_it_grows() {
        Draft draft = new Draft(new MemoryMedium(bytes));
        Hive hive = Hive.open("SYSTEM", draft);
        HiveEditor editor = new HiveEditor(hive);

        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        editor.setDword(hive.root().find("B").orElseThrow(), "Value" + i, i);
                    }
                })
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "SYSTEM has no free room for another value; boot this Windows once and set the value there.");
    }

    @Test
    void a_text_is_not_taken_for_a_number() {
        assertThatThrownBy(() -> edit(key -> editor(key).setDword(key, "Text", 1), "A"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The value Text of \\A of SYSTEM is no REG_DWORD that can be set in place");
        assertThat(bytes).isEqualTo(original);
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
