package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Failure;

class OutputTest {

    @Test
    void what_lies_beside_a_kept_disk_is_attached_to_the_report_but_not_the_disk(@TempDir Path directory)
            throws Exception {
        Path disk = Files.createFile(directory.resolve("disk.qcow2"));
        Path console = Files.createFile(directory.resolve("console.log"));
        Path screenshot = Files.createFile(directory.resolve("screenshot.png"));
        List<String> printed = new ArrayList<>();

        new Output(printed::add).kept("AgentTests.test()", "host", new Failure("id", directory, disk));

        assertThat(printed.get(0).lines())
                .startsWith("[sanboot] AgentTests.test(): the disk of host is kept in " + directory)
                .endsWith("[[ATTACHMENT|%s]]".formatted(console), "[[ATTACHMENT|%s]]".formatted(screenshot))
                .hasSize(6);
    }
}
