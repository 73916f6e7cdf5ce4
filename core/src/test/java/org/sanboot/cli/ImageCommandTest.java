package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ImageCommandTest {

    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new ImageCommand(home))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    static Path install(Path home, String name, String... below) throws Exception {
        Path image = Files.createDirectories(home.resolve("images").resolve(name));
        Files.createFile(image.resolve("lock"));
        Files.write(image.resolve("base.raw"), new byte[512]);
        String layers = Stream.concat(Stream.of(below), Stream.of("base.raw"))
                .map(layer -> '"' + layer + '"')
                .collect(Collectors.joining(", "));
        Files.writeString(image.resolve("image.json"), """
                {"version": 1, "name": "%s", "sha256": "00", "size": 512, "allocated": 512, "family": "LINUX",
                 "firmware": ["BIOS"], "nicModel": "e1000", "user": null, "secret": null,
                 "imported": "2026-11-22T10:00:00Z", "layers": [%s]}""".formatted(name, layers));
        return image;
    }

    @Test
    void an_image_with_a_damaged_descriptor_is_named_and_hides_no_other() throws Exception {
        Path parent = install(home, "debian");
        install(home, "debian-tools", "../debian/base.raw");
        install(home, "win11");
        Files.writeString(parent.resolve("image.json"), "{");

        assertThat(run("list")).isZero();

        assertThat(out.toString())
                .contains("\ndebian-tools ")
                .contains("\nwin11 ")
                .doesNotContain("\ndebian ");
        assertThat(err.toString().strip())
                .doesNotContain("\n")
                .contains(parent.resolve("image.json").toString())
                .contains("sanboot image remove debian");
    }

    @Test
    void the_doctor_names_a_damaged_image_beside_the_others() throws Exception {
        Files.writeString(install(home, "debian").resolve("image.json"), "{");
        install(home, "win11");
        DoctorCommand doctor = new DoctorCommand();
        new CommandLine(doctor).setOut(new PrintWriter(out, true));

        doctor.images(home);

        assertThat(out.toString().lines().toList())
                .hasSize(2)
                .satisfies(lines -> assertThat(lines.get(0)).matches("ok +images +win11"))
                .satisfies(lines -> assertThat(lines.get(1))
                        .startsWith("note     image debian")
                        .endsWith("sanboot image remove debian"));
    }

    @Test
    void the_doctor_goes_on_when_the_catalogue_cannot_be_read() throws Exception {
        Files.createDirectories(home.resolve("images"));
        Files.writeString(home.resolve("images/.journal"), "{");
        DoctorCommand doctor = new DoctorCommand();
        new CommandLine(doctor).setOut(new PrintWriter(out, true));

        doctor.images(home);

        assertThat(out.toString())
                .startsWith("MISSING  images")
                .contains(".journal")
                .contains("Move that file away");
    }
}
