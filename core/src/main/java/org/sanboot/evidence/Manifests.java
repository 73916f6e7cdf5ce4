package org.sanboot.evidence;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Makes the manifest of a failure, before any file was taken in. */
final class Manifests {

    /** A parameter in a test's name may be of any length. */
    private static final int LONGEST_NAME = 2_000;

    private Manifests() {}

    static Manifest of(String id, Instant keptAt, FailureDescription description, Evidence evidence) {
        var test = new Manifest.Test(
                Thrown.cut(description.testId(), LONGEST_NAME),
                Thrown.cut(description.displayName(), LONGEST_NAME),
                description.kind());
        return of(id, keptAt, test, Thrown.describe(description.exception()), evidence);
    }

    /** Returns a manifest that says the same of the test, and what is known by now of the machine. */
    static Manifest with(Manifest basis, Evidence evidence) {
        return of(basis.id(), basis.keptAt(), basis.test(), basis.exception(), evidence);
    }

    private static Manifest of(
            String id, Instant keptAt, Manifest.Test test, Manifest.@Nullable Thrown exception, Evidence evidence) {
        return new Manifest(
                Manifest.SCHEMA,
                id,
                keptAt,
                version(),
                evidence.run().orElse(null),
                test,
                exception,
                evidence.host().orElse(null),
                new Manifest.Image(
                        evidence.image().name(),
                        evidence.image().sha256(),
                        evidence.image().path().toString(),
                        evidence.imageFormat()),
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
                evidence.remarks(),
                evidence.failedTests());
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
