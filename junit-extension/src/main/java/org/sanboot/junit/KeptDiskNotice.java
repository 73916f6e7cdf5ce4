package org.sanboot.junit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sanboot.evidence.Failure;

/** Tells people and report tools of a disk that was kept. */
record KeptDiskNotice(String title, String host, Failure failure) {

    void announce(ExtensionContext context, Output output) {
        output.kept(title, host, failure);
        Map<String, String> entry = new LinkedHashMap<>();
        entry.put("sanboot.host", host);
        entry.put("sanboot.failure", failure.id());
        entry.put("sanboot.directory", failure.directory().toString());
        entry.put("sanboot.disk", failure.disk().toString());
        context.publishReportEntry(entry);
        attachReport(context, output);
    }

    /** One self-contained page, once: the rest is where that page says. */
    private void attachReport(ExtensionContext context, Output output) {
        Path report = failure.report();
        if (Files.isRegularFile(report)) {
            try {
                JUnitFeatures.publishText(
                        context,
                        failure.id() + ".html",
                        "html",
                        StandardCharsets.UTF_8,
                        file -> Files.copy(report, file, StandardCopyOption.REPLACE_EXISTING));
            } catch (RuntimeException e) {
                // The disk is kept all the same.
                output.problem(title, e);
            }
        }
    }
}
