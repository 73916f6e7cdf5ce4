package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("boot")
class ReportIT {

    private static final String TAB = "\uE004";
    private static final String ENTER = "\uE007";
    private static final String ESCAPE = "\uE00C";
    private static final String RIGHT = "\uE014";

    @TempDir
    Path home;

    private Browser browser;
    private Failure failure;

    @BeforeEach
    void openReport() throws IOException {
        failure = SampleFailure.keep(home, "survives_a_power_cut", FailureDescription.Kind.TEST, true);
        browser = Browser.start(home.resolve("profile"));
        browser.open(failure.report());
    }

    @AfterEach
    void everything_was_quiet() throws IOException {
        if (browser != null) {
            try {
                assertThat(browser.consoleMessages()).isEmpty();
            } finally {
                browser.close();
            }
        }
    }

    @Test
    void the_page_loads_without_an_error_and_what_the_guest_printed_did_not_run() {
        assertThat(browser.evaluate("document.title").asText())
                .isEqualTo("Test failed: AgentUpgradeTests.survives_a_power_cut()");
        assertThat(browser.evaluate("document.querySelectorAll('script').length")
                        .asInt())
                .isEqualTo(1);
        assertThat(browser.evaluate("document.querySelectorAll('.strip img').length")
                        .asInt())
                .isEqualTo(7);
        assertThat(browser.evaluate("[...document.querySelectorAll('.strip img')].every(i => i.naturalWidth == 720)")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void the_console_is_searched_with_the_keyboard_alone() {
        browser.type("/");
        browser.type("INPUT/OUTPUT");
        awaitCount("4 of 4 lines");
        browser.type(ENTER);
        awaitCount("1 of 4 lines");
        assertThat(browser.evaluate("document.querySelector('#console .now mark').textContent")
                        .asText())
                .isEqualTo("Input/output");
        assertThat(browser.evaluate("(() => { const a = document.querySelector('.now').getBoundingClientRect(),"
                                + " b = document.getElementById('console').getBoundingClientRect();"
                                + " return a.top >= b.top && a.bottom <= b.bottom })()")
                        .asBoolean())
                .as("the match is in sight")
                .isTrue();

        browser.type(TAB + TAB + TAB + " ");
        assertThat(browser.evaluate(
                                "[...document.querySelectorAll('#console div')].filter(d => d.offsetHeight > 0).length")
                        .asInt())
                .isEqualTo(4);

        browser.click("#search");
        browser.type(ESCAPE);
        awaitCount("");
        browser.type("nowhere to be found");
        awaitCount("nothing found");
    }

    @Test
    void a_search_for_markup_finds_text() {
        browser.click("#search");
        browser.type("<script>");
        awaitCount("1 of 1 lines");
        assertThat(browser.evaluate("document.title").asText()).startsWith("Test failed");
    }

    @Test
    void screenshots_open_and_turn_with_the_keyboard() {
        browser.evaluate("document.querySelector('.strip button').focus()");
        browser.type(ENTER);
        assertThat(browser.evaluate("document.getElementById('viewer').open").asBoolean())
                .isTrue();
        browser.type(RIGHT);
        assertThat(browser.evaluate("document.querySelector('#viewer p').textContent")
                        .asText())
                .endsWith("(2 of 7)");
        browser.type(ESCAPE);
        assertThat(browser.evaluate("document.getElementById('viewer').open").asBoolean())
                .isFalse();
    }

    @Test
    void a_step_leads_to_the_console_and_the_screen_of_its_time() {
        browser.evaluate("document.querySelector('.timeline [data-step=\"5\"]').dispatchEvent(new Event('click'))");
        assertThat(browser.evaluate("document.getElementById('step-5').open").asBoolean())
                .isTrue();
        await("the bar of the step to be marked")
                .untilAsserted(
                        () -> assertThat(browser.evaluate("document.querySelector('.timeline .chosen').dataset.step")
                                        .asText())
                                .isEqualTo("5"));

        browser.click("#step-5 .seek");

        assertThat(browser.evaluate("document.querySelector('#console .sought').textContent")
                        .asText())
                .startsWith("2026-11-22T15:29:45.");
        assertThat(browser.evaluate("document.querySelectorAll('.strip .near').length")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void everything_that_can_be_used_is_reached_with_the_tab_key() {
        int stops = browser.evaluate("[...document.querySelectorAll('a[href],button,input,summary,[tabindex=\"0\"]')]"
                        + ".filter(e => e.checkVisibility() && !e.closest('dialog:not([open])')).length")
                .asInt();
        browser.evaluate("window.reached = new Set()");
        for (int i = 0; i < stops; i++) {
            browser.type(TAB);
            browser.evaluate("window.reached.add(document.activeElement)");
        }
        assertThat(browser.evaluate("window.reached.size").asInt()).isEqualTo(stops);
    }

    @Test
    void nothing_is_wider_than_a_phone_and_dark_is_dark() throws IOException {
        Failure trouble = SampleFailure.keep(home, "boots", FailureDescription.Kind.INFRASTRUCTURE, false);
        Path pictures = Path.of("target", "report-screenshots");
        for (Path page : java.util.List.of(
                failure.report(), trouble.report(), FailureStore.at(home).index())) {
            for (boolean phone : new boolean[] {false, true}) {
                for (boolean dark : new boolean[] {false, true}) {
                    browser.open(page);
                    int width = phone ? 390 : 1280;
                    browser.screen(width, 900, dark, phone);
                    int height = Math.max(
                            900,
                            browser.evaluate("document.documentElement.scrollHeight")
                                    .asInt());
                    browser.screen(width, Math.min(height, 6000), dark, phone);
                    assertThat(browser.evaluate("document.documentElement.scrollWidth")
                                    .asInt())
                            .isLessThanOrEqualTo(width);
                    assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor")
                                    .asText())
                            .isEqualTo(dark ? "rgb(17, 21, 26)" : "rgb(255, 255, 255)");
                    String name = "%s-%s-%s.png"
                            .formatted(
                                    page.equals(failure.report())
                                            ? "test"
                                            : page.equals(trouble.report()) ? "lab" : "index",
                                    phone ? "phone" : "desktop",
                                    dark ? "dark" : "light");
                    browser.screenshot(pictures.resolve(name));
                }
            }
        }
    }

    private void awaitCount(String expected) {
        await("the number of matches")
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(browser.evaluate("document.getElementById('count').textContent")
                                .asText())
                        .isEqualTo(expected));
    }
}
