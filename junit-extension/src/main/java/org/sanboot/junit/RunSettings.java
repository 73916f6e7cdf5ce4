package org.sanboot.junit;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What is set for a whole run: {@code sanboot.*}, from JUnit and the environment. */
final class RunSettings {

    private static final String PREFIX = "sanboot.";

    private final Function<String, Optional<String>> parameters;
    private final UnaryOperator<@Nullable String> environment;

    /**
     * Creates the settings.
     *
     * @param parameters JUnit's own: configuration parameters, then system properties
     * @param environment asked when those know nothing; returns null for what it does not know
     */
    RunSettings(Function<String, Optional<String>> parameters, UnaryOperator<@Nullable String> environment) {
        this.parameters = parameters;
        this.environment = environment;
    }

    static RunSettings of(ExtensionContext context) {
        return new RunSettings(context::getConfigurationParameter, System::getenv);
    }

    /** One setting, and the key that it was found by. */
    record Setting(String key, String value) {}

    /**
     * Finds what is set for all machines.
     *
     * @param attribute an annotation's attribute, such as {@code readyTimeout}
     */
    Optional<Setting> find(String attribute) {
        String key = PREFIX + attribute;
        return parameters
                .apply(key)
                .or(() -> Optional.ofNullable(environment.apply(variable(key))))
                .filter(value -> !value.isBlank())
                .map(value -> new Setting(key, value.strip()));
    }

    /** Finds what is set for the machines of one name, or else for all. */
    Optional<Setting> find(String host, String attribute) {
        return find(host + "." + attribute).or(() -> find(attribute));
    }

    /** {@code sanboot.web-server.readyTimeout} is {@code SANBOOT_WEB_SERVER_READY_TIMEOUT}. */
    private static String variable(String key) {
        return key.replaceAll("(\\p{Lower})(\\p{Upper})", "$1_$2")
                .replaceAll("[.-]", "_")
                .toUpperCase(Locale.ROOT);
    }
}
