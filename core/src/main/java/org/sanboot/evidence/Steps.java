package org.sanboot.evidence;

import static org.sanboot.evidence.Page.escaped;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows what a test did to its machine: a row for each step, which opens to what it printed. */
final class Steps {

    /** A person reads the first and the last; the journal's files have the rest. */
    private static final int FIRST = 100;

    private static final int LAST = 400;

    private Steps() {}

    /** Returns the rows, or nothing when no journal was kept. */
    static String html(Path content, Manifest manifest) {
        List<JournalEntry> all = JournalEntry.read(content);
        if (all.isEmpty()) {
            return "";
        }
        JournalEntry open = worthOpening(all);
        StringBuilder html = new StringBuilder("<div class=\"steps\" role=\"list\">\n");
        int previous = 0;
        for (int i = 0; i < all.size(); i++) {
            if (i < FIRST || i >= all.size() - LAST) {
                JournalEntry entry = all.get(i);
                if (entry.number() > previous + 1) {
                    html.append("<p class=\"soft gap\">... %d steps are left out here ...</p>\n"
                            .formatted(entry.number() - previous - 1));
                }
                previous = entry.number();
                append(html, entry, manifest, entry.equals(open));
            }
        }
        return html.append("</div>").toString();
    }

    /** The last step that did not go well is most often why the test failed. */
    private static JournalEntry worthOpening(List<JournalEntry> all) {
        return all.stream()
                .filter(entry -> entry.isBad() || entry.took() == null)
                .reduce((earlier, later) -> later)
                .orElse(all.get(all.size() - 1));
    }

    private static void append(StringBuilder html, JournalEntry entry, Manifest manifest, boolean open) {
        Duration since = Timeline.sinceBoot(manifest, entry.at());
        String what = entry.what().strip();
        String firstLine = what.lines().findFirst().orElse("");
        html.append("<details class=\"step%s\" role=\"listitem\" id=\"step-%d\" data-at=\"%s\"%s><summary>"
                .formatted(
                        entry.isBad() ? " bad" : entry.took() == null ? " unfinished" : "",
                        entry.number(),
                        escaped(entry.at().toString()),
                        open ? " open" : ""));
        html.append("<span class=\"when\">%s</span><span class=\"kind %s\">%s</span><code>%s</code>"
                .formatted(
                        since == null ? escaped(Report.time(entry.at())) : Units.seconds(since),
                        style(entry.kind()),
                        escaped(entry.kind()),
                        escaped(firstLine.equals(what) ? what : firstLine + " ...")));
        html.append("<span class=\"took\">%s</span><span class=\"result\">%s</span></summary>\n"
                .formatted(entry.took() == null ? "" : Units.seconds(entry.took()), result(entry)));
        html.append("<div class=\"said\">");
        if (!firstLine.equals(what)) {
            html.append("<pre tabindex=\"0\">").append(escaped(what)).append("</pre>");
        }
        pre(html, entry.failed());
        pre(html, entry.said());
        html.append("<button class=\"seek\" data-step=\"%d\">Show in the console</button></div></details>\n"
                .formatted(entry.number()));
    }

    private static void pre(StringBuilder html, @Nullable String text) {
        if (text != null) {
            html.append("<pre tabindex=\"0\">")
                    .append(escaped(String.join("\n", PlainText.lines(text))))
                    .append("</pre>");
        }
    }

    private static String result(JournalEntry entry) {
        if (entry.took() == null) {
            return "did not end";
        }
        return entry.failed() != null ? "failed" : entry.status() == null ? "done" : "exit " + entry.status();
    }

    /** The kind is read from a file that may have been changed. */
    static String style(String kind) {
        return kind.matches("[a-z]{1,20}") ? kind : "";
    }
}
