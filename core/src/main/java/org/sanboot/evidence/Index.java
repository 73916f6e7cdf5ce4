package org.sanboot.evidence;

import static org.sanboot.evidence.Page.escaped;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page that leads to the reports of many failures, run by run. */
final class Index {

    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm");

    private Index() {}

    /** Writes the page; its links are relative, so that it can be moved together with the failures. */
    static void write(Path file, List<Failure> newestFirst, Map<Failure, Long> bytes) throws IOException {
        Map<String, List<String>> runs = new LinkedHashMap<>();
        Map<String, Instant> latest = new HashMap<>();
        for (Failure failure : newestFirst) {
            Manifest manifest = failure.manifest();
            String run = manifest.run() == null ? "" : manifest.run();
            latest.putIfAbsent(run, manifest.keptAt());
            runs.computeIfAbsent(run, name -> new ArrayList<>())
                    .add(item(file, failure, manifest, bytes.getOrDefault(failure, 0L)));
        }
        long total = bytes.values().stream().mapToLong(Long::longValue).sum();
        StringBuilder html = new StringBuilder("<header><h1>Failures</h1>\n<ul class=\"facts\"><li>")
                .append(newestFirst.isEmpty() ? "None is kept." : newestFirst.size() + " kept")
                .append("</li><li>")
                .append(Units.bytes(total))
                .append(" on disk</li></ul></header>\n");
        if (newestFirst.size() > 1) {
            html.append(
                    "<div class=\"tools\" role=\"search\"><input type=\"search\" id=\"search\""
                            + " placeholder=\"Search (press /)\" aria-label=\"Search the failures\" autocomplete=\"off\"></div>\n");
        }
        runs.forEach((run, items) -> html.append("<section><h2>")
                .append(escaped(heading(run, latest.getOrDefault(run, Instant.EPOCH))))
                .append("</h2>\n<ul class=\"failures\">\n")
                .append(String.join("", items))
                .append("</ul></section>\n"));
        Page.write(file, "Failures", html.toString());
    }

    /** A run's name says nothing to a person, but a log may have it. */
    private static String heading(String run, Instant latest) {
        String day = DAY.format(latest.atZone(ZoneId.systemDefault()));
        return run.isEmpty() ? "Other runs" : "%s, run %s".formatted(day, run);
    }

    private static String item(Path file, Failure failure, Manifest manifest, long bytes) {
        Manifest.Thrown thrown = manifest.exception();
        String said = thrown == null ? "" : thrown.message() == null ? thrown.type() : thrown.message();
        String image = manifest.image() == null ? "" : manifest.image().name() + ", ";
        Path target = Files.exists(failure.report()) ? failure.report() : failure.directory();
        Path from = file.toAbsolutePath().resolveSibling("").normalize();
        return """
                <li><div>%s</div><div><a href="%s">%s</a><p class="said">%s</p></div>\
                <div class="when">%s<br>%s%s</div></li>
                """.formatted(
                        Badge.html(manifest.test().kind(), failure.interrupted(), failure.flaky(), failure.pinned()),
                        escaped(link(from.relativize(target))),
                        escaped(manifest.test().displayName()),
                        escaped(said.strip()),
                        escaped(Report.time(manifest.keptAt())),
                        escaped(image),
                        Units.bytes(bytes));
    }

    private static String link(Path relative) {
        try {
            return new URI(null, null, "./" + relative, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
