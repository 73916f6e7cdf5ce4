package org.sanboot.evidence.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionViewTest {

    @TempDir
    Path etc;

    @Test
    void nothing_is_mounted_that_an_ordinary_user_could_not_unmount() throws IOException {
        Path mounts = etc.resolve("mtab");
        assertThat(PartitionView.mayUseFuse(1000, mounts)).isFalse();
        assertThat(PartitionView.mayUseFuse(0, mounts)).isTrue();

        Files.createFile(mounts);

        assertThat(PartitionView.mayUseFuse(1000, mounts)).isTrue();
    }
}
