package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.lab.BootedHost;

/** The report of a failure, as JUnit's own reports show it. */
class ReportAttachmentTest {

    @IscsiBooted(image = "debian")
    static class Fails {
        @Test
        void test(BootedHost host) {
            fail("broken product");
        }
    }

    @Test
    void the_report_is_published_once_and_listed_in_open_test_reporting_xml(@TempDir Path directory) throws Exception {
        Path kept = Files.createDirectories(directory.resolve("failures/host#1"));
        Files.writeString(kept.resolve("report.html"), "<html>why</html>");
        Path output = directory.resolve("output");

        CaseRun.prepare(Fails.class)
                .keepIn(directory.resolve("failures"))
                .with("junit.platform.reporting.open.xml.enabled", "true")
                .with("junit.platform.reporting.output.dir", output.toString())
                .launch(1);

        List<Path> pages = files(output, ".html");
        assertThat(pages).singleElement().satisfies(page -> {
            assertThat(page).hasFileName("host#1.html").hasContent("<html>why</html>");
        });
        List<Path> reports = files(output, ".xml");
        assertThat(reports)
                .singleElement()
                .satisfies(report -> assertThat(Files.readString(report))
                        .containsOnlyOnce("host#1.html")
                        .contains("text/html"));
    }

    @Test
    void a_report_that_cannot_be_published_does_not_hide_where_the_disk_is(@TempDir Path directory) throws Exception {
        Path kept = Files.createDirectories(directory.resolve("failures/host#1"));
        Files.writeString(kept.resolve("report.html"), "<html>why</html>");

        // The test kit has no output directory.
        CaseRun run = CaseRun.prepare(Fails.class)
                .keepIn(directory.resolve("failures"))
                .execute();

        assertThat(run.failure()).hasMessage("broken product").hasNoSuppressedExceptions();
        assertThat(String.join("\n", run.printed())).contains("is kept in " + kept);
        assertThat(run.reportEntries()).hasSize(1);
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }
}
