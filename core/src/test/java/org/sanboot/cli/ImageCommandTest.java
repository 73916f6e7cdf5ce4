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

    private Path install(String name, String... below) throws Exception {
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
        Path parent = install("debian");
        install("debian-tools", "../debian/base.raw");
        install("win11");
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
}
