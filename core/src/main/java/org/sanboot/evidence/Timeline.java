package org.sanboot.evidence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Draws the stages of a boot and the test after it, one row each, over one common time.
 *
 * <p>Places are in per cent of the width and sizes in pixels: on a phone the bars shrink and the words stay legible.
 */
final class Timeline {

    private static final int ROW = 40;
    private static final int MOST_STEPS = 500;

    private final Manifest manifest;
    private final List<JournalEntry> steps;
    private final List<Row> rows = new ArrayList<>();

    private Timeline(Manifest manifest, List<JournalEntry> steps) {
        this.manifest = manifest;
        this.steps = steps;
    }

    private record Row(String title, String kind, Duration from, Duration to) {}

    /** Returns the picture, or a sentence when no times were recorded. */
    static String svg(Manifest manifest, List<JournalEntry> steps) {
        return new Timeline(manifest, steps).draw();
    }

    private String draw() {
        collect();
        if (rows.isEmpty()) {
            return "<p class=\"soft\">No times were recorded.</p>";
        }
        double total = Math.max(
                1, rows.stream().mapToLong(row -> row.to().toMillis()).max().orElse(1));
        StringBuilder svg = new StringBuilder();
        boolean lane = manifest.bootBegan() != null && !steps.isEmpty();
        int height =
                rows.size() * ROW + (lane ? ROW : 0) + (manifest.screenshots().isEmpty() ? 0 : 24);
        svg.append("<svg class=\"timeline\" role=\"img\" aria-label=\"%s\" height=\"%d\">\n"
                .formatted(Page.escaped(inWords()), height));
        for (int i = 0; i < rows.size(); i++) {
            draw(svg, rows.get(i), i * ROW, total);
        }
        if (lane) {
            drawSteps(svg, rows.size() * ROW, total);
        }
        drawScreenshots(svg, rows.size() * ROW + (lane ? ROW : 0) + 12, total);
        return svg.append("</svg>\n").toString();
    }

    private void collect() {
        Duration reached = Duration.ZERO;
        for (Manifest.Stage stage : manifest.stages()) {
            rows.add(new Row(stage.title(), "bar", reached, max(stage.elapsed(), reached)));
            reached = max(stage.elapsed(), reached);
        }
        Instant began = manifest.bootBegan();
        Instant failed = manifest.failedAt();
        if (began == null || failed == null) {
            return;
        }
        Duration end = max(Duration.between(began, failed), reached);
        Instant test = manifest.testBegan();
        if (test != null) {
            rows.add(new Row(
                    switch (manifest.test().kind()) {
                        case NONE -> "test";
                        case INTERRUPTED -> "test, until the run was ended";
                        case TEST, INFRASTRUCTURE, CONFIGURATION -> "test, until it failed";
                    },
                    manifest.test().kind() == FailureDescription.Kind.NONE ? "bar test" : "bar bad",
                    clamped(Duration.between(began, test), end),
                    end));
        } else if (manifest.test().kind() == FailureDescription.Kind.INFRASTRUCTURE) {
            rows.add(new Row("no further stage was reached", "bar lab", reached, end));
        }
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static Duration clamped(Duration value, Duration end) {
        return value.isNegative() ? Duration.ZERO : value.compareTo(end) > 0 ? end : value;
    }

    private static void draw(StringBuilder svg, Row row, int y, double total) {
        double from = row.from().toMillis() * 100 / total;
        double width = Math.max(0.4, row.to().minus(row.from()).toMillis() * 100 / total);
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"0\" y=\"%d\">%s</text><text class=\"time\" x=\"100%%\" y=\"%d\">+%s at %s</text>"
                        + "<rect class=\"rail\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"10\" rx=\"5\"/>"
                        + "<rect class=\"%s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"10\" rx=\"5\"/>\n",
                y + 14,
                Page.escaped(row.title()),
                y + 14,
                Units.seconds(row.to().minus(row.from())),
                Units.seconds(row.to()),
                y + 20,
                row.kind(),
                Math.min(from, 99.6),
                y + 20,
                Math.min(width, 100 - Math.min(from, 99.6))));
    }

    /** All steps in one row; the page's script leads from one to what it printed. */
    private void drawSteps(StringBuilder svg, int y, double total) {
        svg.append("<text x=\"0\" y=\"%d\">steps</text><text class=\"time\" x=\"100%%\" y=\"%d\">%d</text>"
                .formatted(y + 14, y + 14, steps.size()));
        svg.append(
                "<rect class=\"rail\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"14\" rx=\"5\"/>\n".formatted(y + 20));
        for (JournalEntry step : steps.subList(Math.max(0, steps.size() - MOST_STEPS), steps.size())) {
            Duration at = sinceBoot(manifest, step.at());
            if (at != null && !at.isNegative() && at.toMillis() <= total) {
                double from = Math.min(at.toMillis() * 100 / total, 99.7);
                Duration took =
                        step.took() == null ? Duration.ofMillis((long) total).minus(at) : step.took();
                double width = Math.min(Math.max(0.3, took.toMillis() * 100 / total), 100 - from);
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect class=\"step %s%s\" data-step=\"%d\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"14\" rx=\"2\"><title>%s</title></rect>\n",
                        Steps.style(step.kind()),
                        step.isBad() ? " bad" : "",
                        step.number(),
                        from,
                        y + 20,
                        width,
                        Page.escaped(step.kind() + ": " + shortened(step.what()))));
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "...";
    }

    private void drawScreenshots(StringBuilder svg, int y, double total) {
        for (Manifest.Screenshot screenshot : manifest.screenshots()) {
            Duration at = sinceBoot(manifest, screenshot.taken());
            if (at != null && !at.isNegative() && at.toMillis() <= total) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<circle class=\"shot\" cx=\"%.2f%%\" cy=\"%d\" r=\"3\"><title>screenshot at %s</title></circle>\n",
                        Math.min(99.6, Math.max(0.4, at.toMillis() * 100 / total)),
                        y,
                        Units.seconds(at)));
            }
        }
    }

    private String inWords() {
        List<String> words = new ArrayList<>();
        rows.forEach(row -> words.add(row.title() + " " + Units.seconds(row.to())));
        return "Timeline: " + String.join(", ", words);
    }

    static @Nullable Duration sinceBoot(Manifest manifest, Instant instant) {
        Instant began = manifest.bootBegan();
        return began == null ? null : Duration.between(began, instant);
    }
}
