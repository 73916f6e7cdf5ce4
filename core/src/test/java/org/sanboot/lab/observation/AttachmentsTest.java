package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureStore;

class AttachmentsTest {

    @TempDir
    Path home;

    private Attachments attachments;

    @BeforeEach
    void open() {
        attachments = new Attachments("client", home.resolve("attached"));
    }

    @Test
    void files_and_texts_are_kept_as_they_were_when_they_were_attached() throws IOException {
        Path file = Files.writeString(home.resolve("agent.log"), "then");
        attachments.add(file);
        Files.writeString(file, "now");
        attachments.add("agent.log", "another of that name");

        Failure failure = kept();

        assertThat(failure.directory().resolve("attached/agent.log")).hasContent("then");
        assertThat(failure.directory().resolve("attached/agent-2.log")).hasContent("another of that name");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void a_name_that_leaves_the_directory_or_hides_is_refused() {
        for (String name : List.of("../x", "a/b", ".hidden", "", "x".repeat(200), "a\nb")) {
            assertThatThrownBy(() -> attachments.add(name, "x"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("client: ")
                    .hasMessageContaining("is no name for an attachment");
        }
        assertThatThrownBy(() -> attachments.add(home)).hasMessageContaining("it is no file");
    }

    @Test
    void what_is_too_much_is_left_out_and_named() throws IOException {
        Path large = home.resolve("core.dump");
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(65L << 20);
        }
        attachments.add(large);
        attachments.add("note.txt", "small");

        Failure failure = kept();

        assertThat(failure.directory().resolve("attached/note.txt")).hasContent("small");
        assertThat(failure.manifest().remarks()).singleElement().asString().contains("core.dump (68157440 bytes)");
    }

    private Failure kept() throws IOException {
        Path disk = Files.writeString(home.resolve("disk"), "disk");
        return FailureStore.at(home)
                .keep(
                        new FailureDescription("id", "test()", FailureDescription.Kind.TEST, null),
                        Evidence.of(disk, new Evidence.Image("debian", "00", Path.of("/debian.raw")))
                                .whenSealed((kept, evidence) -> attachments.addTo(evidence))
                                .build());
    }
}
