package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    @TempDir
    Path home;

    @Test
    void what_a_guest_prints_stays_text() throws IOException {
        Failure failure = SampleFailure.keep(home, "boots", FailureDescription.Kind.INFRASTRUCTURE, false);

        assertThat(failure.report())
                .content()
                .contains("&lt;/pre&gt;&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;&lt;img src=x")
                .contains("{{body}}\uFFFDtxt")
                .doesNotContain("<script>document")
                .doesNotContain("<img src=x");
    }

    @Test
    void the_page_tells_what_failed_where_the_boot_stood_and_what_to_do() throws IOException {
        Failure failure = SampleFailure.keep(home, "survives", FailureDescription.Kind.TEST, true);

        assertThat(failure.report())
                .content()
                .contains("<title>Test failed: AgentUpgradeTests.survives()</title>")
                .contains("systemctl is-active agent")
                .contains("operating system login")
                .contains("test, until it failed")
                .contains("sanboot failures diff " + failure.id())
                .contains("src=\"data:image/png;base64,")
                .contains("Content-Security-Policy")
                .doesNotContain("http://")
                .doesNotContain("https://");
    }

    @Test
    void what_broke_down_under_the_test_is_said_next_to_what_the_test_threw() throws IOException {
        Path disk = Files.writeString(home.resolve("overlay"), "disk");
        var image = new Evidence.Image("debian", "abc", Path.of("/debian.raw"));
        var timeOut = new AssertionError("timed out after 10 seconds");

        Failure failure = FailureStore.at(home)
                .keep(
                        new FailureDescription("id", "hangs()", FailureDescription.Kind.TEST, timeOut),
                        Evidence.of(disk, image)
                                .fact(Manifest.SEEN_FROM_OUTSIDE, "Kernel panic - not syncing: <crash>")
                                .build());

        assertThat(failure.report())
                .content()
                .containsSubsequence(
                        "timed out after 10 seconds",
                        "Seen from outside the guest: Kernel panic - not syncing: &lt;crash&gt;",
                        "Stack trace");
    }

    @Test
    void the_steps_of_the_test_are_told_and_the_last_that_went_wrong_is_open() throws IOException {
        Failure failure = SampleFailure.keep(home, "survives", FailureDescription.Kind.TEST, true);

        assertThat(failure.report())
                .content()
                .containsSubsequence("<h2>Steps</h2>", "dpkg -i /tmp/agent.deb", "exit 0", "power cut", "exit 1")
                .contains("Tests that failed on this machine", "AgentUpgradeTests.installs()")
                .containsPattern("id=\"step-21\" data-at=\"[^\"]*\" open>")
                .doesNotContain("inactive\n" + SampleFailure.HOSTILE);
        assertThat(failure.manifest().failedTests())
                .extracting(Manifest.FailedTest::message)
                .containsExactly(
                        "java.lang.AssertionError: expected: 0", "java.lang.AssertionError: Expecting output active");
    }

    @Test
    void a_failure_without_anything_but_its_disk_has_a_page_too() throws IOException {
        Path disk = Files.writeString(home.resolve("overlay"), "disk");
        var image = new Evidence.Image("debian", "abc", Path.of("/debian.raw"));
        var description = new FailureDescription("id", "passes()", FailureDescription.Kind.NONE, null);

        Failure failure =
                FailureStore.at(home).keep(description, Evidence.of(disk, image).build());

        assertThat(failure.report())
                .content()
                .contains("No times were recorded.")
                .contains("Nothing was printed on the console.");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void the_index_leads_to_every_report_and_forgets_what_was_deleted() throws IOException {
        Failure first = SampleFailure.keep(home, "first", FailureDescription.Kind.TEST, true);
        Failure second = SampleFailure.keep(home, "second", FailureDescription.Kind.INFRASTRUCTURE, false);
        FailureStore store = FailureStore.at(home);
        store.markFlaky(first);

        assertThat(store.index())
                .content()
                .contains("href=\"./" + first.id() + "/report.html\"", "href=\"./" + second.id() + "/report.html\"")
                .contains("Flaky", "Lab trouble", "run 2026-11-22 15:28");
        assertThat(first.report()).content().contains("badge flaky");

        store.delete(first);
        assertThat(store.index()).content().doesNotContain(first.id());
    }
}
