package org.sanboot.evidence;

import static org.sanboot.evidence.Page.escaped;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page that explains one failure. */
final class Report {

    private static final int LONGEST_CONSOLE = 1 << 20;
    private static final int LONGEST_TEXT = 64 << 10;
    private static final int ALL_TEXTS = 512 << 10;
    private static final int ALL_SCREENSHOTS = 2 << 20;
    private static final String CONSOLE = "console.log";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx");

    private final Failure failure;
    private final Path content;
    private final Manifest manifest;
    private final StringBuilder html = new StringBuilder();

    private Report(Failure failure, Path content, Manifest manifest) {
        this.failure = failure;
        this.content = content;
        this.manifest = manifest;
    }

    /**
     * Writes the page into the directory where the failure's files are now, which need not be where they will be.
     */
    static void write(Failure failure, Path content, Manifest manifest) throws IOException {
        Report report = new Report(failure, content, manifest);
        report.heading();
        report.whatFailed();
        report.section("Timeline", Timeline.svg(manifest, JournalEntry.read(content)));
        report.steps();
        report.screenshots();
        report.console();
        report.commands();
        report.details();
        report.texts();
        report.files();
        String title =
                Badge.word(manifest.test().kind()) + ": " + manifest.test().displayName();
        Page.write(content.resolve(Failure.REPORT), title, report.html.toString());
    }

    private void heading() {
        html.append("<a class=\"skip\" href=\"#console\">Skip to the console</a>\n<header>");
        html.append(Badge.html(
                manifest.test().kind(),
                Files.exists(content.resolve(Failure.INTERRUPTED)),
                Files.exists(content.resolve(Failure.FLAKY)),
                false));
        html.append("<h1>").append(escaped(manifest.test().displayName())).append("</h1>\n<ul class=\"facts\">");
        fact(time(manifest.keptAt()));
        Manifest.Image image = manifest.image();
        if (image != null) {
            fact("image " + image.name());
        }
        if (manifest.host() != null) {
            fact("machine " + manifest.host());
        }
        if (!manifest.stages().isEmpty()) {
            fact("reached: "
                    + manifest.stages().get(manifest.stages().size() - 1).title());
        }
        html.append("</ul></header>\n");
    }

    private void fact(String text) {
        html.append("<li>").append(escaped(text)).append("</li>");
    }

    private void whatFailed() {
        Manifest.Thrown thrown = manifest.exception();
        String seen = manifest.facts().get(Manifest.SEEN_FROM_OUTSIDE);
        String observation = seen == null ? "" : "<p>Seen from outside the guest: " + escaped(seen) + "</p>\n";
        if (thrown != null) {
            String kind = Badge.style(manifest.test().kind());
            String message = thrown.message() == null ? thrown.type() : thrown.message();
            section(
                    "What failed",
                    "<pre class=\"message " + kind + "\" tabindex=\"0\">" + escaped(message.strip()) + "</pre>\n"
                            + observation
                            + "<details><summary>Stack trace</summary><pre tabindex=\"0\">"
                            + escaped(thrown.stackTrace()) + "</pre></details>");
        }
        failedTests();
        if (!manifest.remarks().isEmpty()) {
            StringBuilder list = new StringBuilder("<ul class=\"remarks\">");
            manifest.remarks()
                    .forEach(remark ->
                            list.append("<li>").append(escaped(remark)).append("</li>"));
            section("About this evidence", list.append("</ul>").toString());
        }
    }

    /** A machine that several tests share is evidence of all that failed on it. */
    private void failedTests() {
        if (manifest.failedTests().isEmpty()) {
            return;
        }
        StringBuilder list = new StringBuilder("<ol class=\"failed-tests\">");
        for (Manifest.FailedTest test : manifest.failedTests()) {
            Duration at = Timeline.sinceBoot(manifest, test.at());
            list.append("<li><b>%s</b> <span class=\"soft\">%s</span><p class=\"said\">%s</p>%s</li>"
                    .formatted(
                            escaped(test.displayName()),
                            at == null ? escaped(time(test.at())) : "at " + Units.seconds(at),
                            escaped(test.message()),
                            diskOf(test)));
        }
        section("Tests that failed on this machine", list.append("</ol>").toString());
    }

    private String diskOf(Manifest.FailedTest test) {
        return test.disk() == null
                ? ""
                : "<p class=\"soft\">The disk as it left it: <code>%s</code></p>"
                        .formatted(escaped("qemu-img info --backing-chain "
                                + Failure.quoted(failure.directory().resolve(test.disk()))));
    }

    private void steps() {
        String steps = Steps.html(content, manifest);
        if (!steps.isEmpty()) {
            section("Steps", steps);
        }
    }

    private void screenshots() {
        List<Manifest.Screenshot> shown = new ArrayList<>();
        long room = ALL_SCREENSHOTS;
        List<Manifest.Screenshot> all = manifest.screenshots();
        // The last ones tell the most.
        for (int i = all.size() - 1; i >= 0; i--) {
            room -= size(content.resolve(all.get(i).name()));
            if (room >= 0) {
                shown.add(0, all.get(i));
            }
        }
        if (shown.isEmpty()) {
            return;
        }
        StringBuilder strip = new StringBuilder("<ul class=\"strip\">\n");
        shown.forEach(screenshot -> strip.append(screenshot(screenshot)));
        strip.append("</ul>\n<dialog id=\"viewer\" aria-label=\"Screenshot\"><img alt=\"\"><p></p>"
                + "<button>Close</button></dialog>");
        if (shown.size() < all.size()) {
            strip.append("<p class=\"soft\">%d more in <a href=\"screenshots/\">screenshots</a>.</p>"
                    .formatted(all.size() - shown.size()));
        }
        section("Screen", strip.toString());
    }

    private String screenshot(Manifest.Screenshot screenshot) {
        Duration at = Timeline.sinceBoot(manifest, screenshot.taken());
        String when = escaped(at == null ? time(screenshot.taken()) : Units.seconds(at));
        try {
            byte[] png = Files.readAllBytes(content.resolve(screenshot.name()));
            return "<li><button data-at=\"%s\"><img alt=\"Screen at %s\" src=\"data:image/png;base64,%s\"></button><span>%s</span></li>\n"
                    .formatted(screenshot.taken(), when, Base64.getEncoder().encodeToString(png), when);
        } catch (IOException e) {
            return "<li><span>%s: %s</span></li>\n".formatted(when, escaped(e.toString()));
        }
    }

    private void console() {
        List<String> lines = lines(CONSOLE, LONGEST_CONSOLE);
        if (lines.isEmpty()) {
            section("Console", "<p class=\"soft\" id=\"console-empty\">Nothing was printed on the console.</p>");
            return;
        }
        StringBuilder console = new StringBuilder("""
                <div class="tools" role="search">
                <input type="search" id="search" placeholder="Search the console (press /)" aria-label="Search the console" autocomplete="off" spellcheck="false">
                <button id="previous" aria-label="Previous match">&#8593;</button>
                <button id="next" aria-label="Next match">&#8595;</button>
                <label><input type="checkbox" id="only"> matching lines only</label>
                <span id="count" class="soft" role="status"></span>
                </div>
                <pre id="console" tabindex="0" role="region" aria-label="Console">""");
        lines.forEach(line -> console.append("<div>").append(escaped(line)).append("</div>"));
        section("Console", console.append("</pre>").toString());
    }

    private void commands() {
        Map<String, String> commands = new LinkedHashMap<>();
        commands.put("boot a clone of it", failure.command("boot --failure " + failure.id()));
        commands.put("what changed", failure.command("failures diff " + failure.id()));
        commands.put("its files", failure.command("failures files " + failure.id() + " /"));
        commands.put("its disk", "qemu-img info --backing-chain " + Failure.quoted(failure.disk()));
        commands.put("keep it for good", failure.command("failures pin " + failure.id()));
        commands.put("delete it", failure.command("failures delete " + failure.id()));
        StringBuilder list = new StringBuilder("<div class=\"commands\">\n");
        int number = 0;
        for (Map.Entry<String, String> command : commands.entrySet()) {
            number++;
            list.append(
                    "<span>%s</span><code id=\"c%d\">%s</code><button data-copy=\"c%d\" aria-label=\"Copy: %s\">Copy</button>\n"
                            .formatted(
                                    command.getKey(), number, escaped(command.getValue()), number, command.getKey()));
        }
        section("Commands", list.append("</div>").toString());
    }

    private void details() {
        StringBuilder columns = new StringBuilder("<div class=\"columns\">\n");
        columns.append(table("Test", test())).append(table("Disk", disk()));
        columns.append(table("Machine", manifest.machine())).append(table("Lab", manifest.labHost()));
        columns.append(table("More", more()));
        html.append(columns.append("</div>\n"));
    }

    private Map<String, String> test() {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("id", manifest.test().id());
        put(rows, "run", manifest.run());
        rows.put("kept as", failure.id());
        put(rows, "failed at", manifest.failedAt() == null ? null : time(manifest.failedAt()));
        rows.put("sanboot", manifest.sanboot());
        return rows;
    }

    private Map<String, String> disk() {
        Map<String, String> rows = new LinkedHashMap<>();
        Manifest.Image image = manifest.image();
        if (image != null) {
            rows.put("golden image", image.name());
            rows.put("sha256", image.sha256());
        }
        Evidence.DiskStatistics statistics = manifest.statistics();
        if (statistics != null) {
            rows.put("read", "%s in %d reads".formatted(Units.bytes(statistics.bytesRead()), statistics.reads()));
            rows.put(
                    "written",
                    "%s in %d writes".formatted(Units.bytes(statistics.bytesWritten()), statistics.writes()));
            rows.put("flushes", String.valueOf(statistics.flushes()));
            rows.put("sessions", String.valueOf(statistics.sessions()));
        }
        return rows;
    }

    private Map<String, String> more() {
        Map<String, String> rows = new LinkedHashMap<>(manifest.facts());
        manifest.took().forEach((what, time) -> rows.put(what + " took", Units.seconds(time)));
        return rows;
    }

    private static void put(Map<String, String> rows, String name, @Nullable String value) {
        if (value != null) {
            rows.put(name, value);
        }
    }

    private static String table(String title, Map<String, String> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        StringBuilder table = new StringBuilder("<section><h2>" + title + "</h2><table>");
        rows.forEach((name, value) -> table.append("<tr><th scope=\"row\">")
                .append(escaped(String.valueOf(name)))
                .append("</th><td>")
                .append(escaped(String.valueOf(value)))
                .append("</td></tr>"));
        return table.append("</table></section>\n").toString();
    }

    private void texts() {
        StringBuilder texts = new StringBuilder();
        int room = ALL_TEXTS;
        for (Manifest.KeptFile file : manifest.files()) {
            boolean text = file.name().matches(".*\\.(log|txt|ipxe|json|csv|xml|conf|md|yaml|yml)");
            if (text && !file.name().equals(CONSOLE) && room > 0) {
                int limit = Math.min(LONGEST_TEXT, room);
                List<String> lines = lines(file.name(), limit);
                room -= (int) Math.min(limit, file.bytes());
                texts.append("<details><summary>")
                        .append(escaped(file.name()))
                        .append(" <span class=\"soft\">")
                        .append(Units.bytes(file.bytes()))
                        .append("</span></summary><pre tabindex=\"0\">")
                        .append(escaped(String.join("\n", lines)))
                        .append("</pre></details>\n");
            }
        }
        if (texts.length() > 0) {
            section("Logs", texts.toString());
        }
    }

    private void files() {
        StringBuilder list = new StringBuilder("<ul class=\"files\">\n");
        file(list, Failure.DISK, -1);
        file(list, Failure.MANIFEST, -1);
        manifest.files().stream()
                .filter(file -> !file.name().startsWith("screenshots/"))
                .forEach(file -> file(list, file.name(), file.bytes()));
        if (!manifest.screenshots().isEmpty()) {
            file(list, "screenshots/", -1);
        }
        section("Files", list.append("</ul>").toString());
    }

    private static void file(StringBuilder list, String name, long bytes) {
        // The names were checked when they were given; a manifest may have been changed since.
        String link =
                name.matches("[A-Za-z0-9_@+=,~./ -]+") && !name.contains("..") && !name.startsWith("/") ? name : "";
        list.append("<li><a href=\"./")
                .append(escaped(link))
                .append("\">")
                .append(escaped(name))
                .append("</a>");
        list.append(bytes < 0 ? "" : " <span class=\"soft\">" + Units.bytes(bytes) + "</span>")
                .append("</li>\n");
    }

    private void section(String title, String body) {
        html.append("<section><h2>")
                .append(escaped(title))
                .append("</h2>\n")
                .append(body)
                .append("\n</section>\n");
    }

    private List<String> lines(String name, int limit) {
        try {
            return PlainText.read(content.resolve(name), limit);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    static String time(Instant instant) {
        return TIME.format(instant.atZone(ZoneId.systemDefault()));
    }
}
