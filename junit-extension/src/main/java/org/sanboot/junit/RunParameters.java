package org.sanboot.junit;

import java.util.Optional;
import java.util.function.Function;
import org.junit.platform.launcher.LauncherDiscoveryListener;
import org.junit.platform.launcher.LauncherDiscoveryRequest;

/**
 * Remembers the configuration parameters of the run, for what JUnit asks before there is a context to ask for them. JUnit's
 * launcher makes it, by its name in {@code META-INF/services}; without a launcher, system properties are all there is.
 */
public final class RunParameters implements LauncherDiscoveryListener {

    // Of the latest discovery in this JVM. Runs follow each other; one within another asks before that one goes on.
    private static volatile Function<String, Optional<String>> latest =
            key -> Optional.ofNullable(System.getProperty(key));

    /** For JUnit. */
    public RunParameters() {}

    @Override
    public void launcherDiscoveryStarted(LauncherDiscoveryRequest request) {
        latest = request.getConfigurationParameters()::get;
    }

    static Optional<String> find(String key) {
        return latest.apply(key);
    }
}
