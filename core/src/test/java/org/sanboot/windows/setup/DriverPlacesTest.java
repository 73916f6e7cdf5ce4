package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverPlacesTest {

    @TempDir
    private Path directory;

    @Test
    void a_command_file_sees_numbers_in_place_of_what_makers_call_their_folders() {
        DriverFolder one = folder("one/100% sure/a.inf", "one/100% sure/b.inf", "one/x64/c.inf");
        DriverFolder two = folder("two/d.inf");
        List<DriverFolder> folders = List.of(one, two);

        DriverPlaces places = DriverPlaces.of(folders);

        assertThat(folders.stream().flatMap(folder -> folder.drivers().stream()))
                .extracting(places::inSetup)
                .containsExactly(
                        "X:\\sanboot\\drivers\\1\\a.inf",
                        "X:\\sanboot\\drivers\\1\\b.inf",
                        "X:\\sanboot\\drivers\\2\\c.inf",
                        "X:\\sanboot\\drivers\\3\\d.inf");
        assertThat(places.directories())
                .containsExactly(
                        directory.resolve("one/100% sure"), directory.resolve("one/x64"), directory.resolve("two"));
    }

    @Test
    void a_folder_that_is_given_twice_is_added_once() {
        DriverFolder folder = folder("net/a.inf");

        assertThat(DriverPlaces.of(List.of(folder, folder)).directories()).containsExactly(directory.resolve("net"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"100%.inf", "f\u00fcr.inf", "a\"b.inf", "a\\b.inf"})
    void a_driver_whose_name_a_command_file_cannot_hold_is_refused(String name) {
        Samples.requireUnicodeNames();
        DriverFolder folder = folder("net/" + name);

        assertThatThrownBy(() ->
                        Samples.of(Samples.SERVER_2025).drivers(List.of(folder)).build())
                .hasMessage("The driver file " + directory.resolve("net").resolve(name)
                        + " has a name that Windows' setup cannot be told, as it is not in plain ASCII or has a percent sign;"
                        + " rename it.");
    }

    @Test
    void other_names_of_drivers_stay() {
        DriverFolder folder = folder("net/Net Driver (v1.2) & more!.INF");

        assertThat(Samples.of(Samples.SERVER_2025)
                        .drivers(List.of(folder))
                        .build()
                        .drivers())
                .containsExactly(folder);
    }

    private DriverFolder folder(String... files) {
        for (String file : files) {
            Samples.write(directory.resolve(file), "[Version]");
        }
        return DriverFolder.of(directory.resolve(files[0].substring(0, files[0].indexOf('/'))));
    }
}
