package org.sanboot.evidence;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Makes the manifest of a failure, before any file was taken in. */
final class Manifests {

    /** A runaway recursion's trace repeats itself. */
    private static final int LONGEST_TRACE = 200_000;

    private Manifests() {}

    static Manifest of(String id, Instant keptAt, FailureDescription description, Evidence evidence) {
        return new Manifest(
                Manifest.SCHEMA,
                id,
                keptAt,
                version(),
                evidence.run().orElse(null),
                new Manifest.Test(description.testId(), description.displayName(), description.kind()),
                thrown(description.exception()),
                evidence.host().orElse(null),
                new Manifest.Image(
                        evidence.image().name(),
                        evidence.image().sha256(),
                        evidence.image().path().toString()),
                evidence.bootBegan().orElse(null),
                evidence.stages().stream()
                        .map(stage -> new Manifest.Stage(stage.title(), stage.elapsed()))
                        .toList(),
                evidence.testBegan().orElse(null),
                evidence.failedAt().orElse(null),
                evidence.statistics().orElse(null),
                evidence.machine(),
                labHost(),
                evidence.facts(),
                evidence.took(),
                List.of(),
                evidence.remarks());
    }

    private static Manifest.@Nullable Thrown thrown(@Nullable Throwable exception) {
        if (exception == null) {
            return null;
        }
        var trace = new StringWriter();
        exception.printStackTrace(new PrintWriter(trace));
        String text = trace.toString();
        return new Manifest.Thrown(
                exception.getClass().getName(),
                exception.getMessage(),
                text.length() <= LONGEST_TRACE ? text : text.substring(0, LONGEST_TRACE) + "\n...");
    }

    private static Map<String, String> labHost() {
        Map<String, String> host = new LinkedHashMap<>();
        host.put("operating system", property("os.name") + " " + property("os.version"));
        host.put("architecture", property("os.arch"));
        host.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        host.put("java", property("java.vm.name") + " " + property("java.runtime.version"));
        return host;
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    private static String version() {
        String file = "/META-INF/maven/org.sanboot/sanboot-core/pom.properties";
        try (InputStream stream = Manifests.class.getResourceAsStream(file)) {
            Properties properties = new Properties();
            if (stream != null) {
                properties.load(stream);
            }
            return properties.getProperty("version", "development");
        } catch (IOException e) {
            return "development";
        }
    }
}
