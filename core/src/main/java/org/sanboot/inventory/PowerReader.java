package org.sanboot.inventory;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.yaml.Section;

/** Reads how a host is switched, from the {@code power} and {@code outlet} sections of a host and of its type. */
final class PowerReader {

    /** The ways there are, and the keys of each. */
    static final Map<String, Set<String>> WAYS = Map.of(
            "ipmi", Set.of("address", "port", "user", "password", "cipherSuite", "interval"),
            "redfish", Set.of("service", "address", "user", "password", "fingerprint", "system", "interval"),
            "snmp", Set.of("address", "community", "outlet", "on", "off", "interval"),
            "wakeOnLan", Set.of("broadcast", "port"),
            "command", Set.of("on", "off", "status", "reset", "address", "password", "interval"));

    /** Ironic's: some controllers fall over when they are asked more often. */
    private static final Duration CONTROLLER_INTERVAL = Duration.ofSeconds(5);

    private static final Duration COMMAND_INTERVAL = Duration.ZERO;

    private final @Nullable String controller;

    /** Reads for a host whose controller has this address, unless a section says another. */
    PowerReader(@Nullable String controller) {
        this.controller = controller;
    }

    /** Returns the connection, or nothing when a mistake was noted. */
    @Nullable
    PowerConnection read(Section power) {
        Set<String> named = WAYS.keySet().stream().filter(power::has).collect(Collectors.toSet());
        power.allowing(WAYS.keySet());
        if (named.size() != 1) {
            power.problem("exactly one way to switch power is needed: "
                    + WAYS.keySet().stream().sorted().collect(Collectors.joining(", ")));
            return null;
        }
        String way = named.iterator().next();
        Section section = power.section(way).orElseThrow().allowing(WAYS.getOrDefault(way, Set.of()));
        return switch (way) {
            case "ipmi" -> ipmi(section);
            case "redfish" -> redfish(section);
            case "snmp" -> snmp(section);
            case "wakeOnLan" ->
                new PowerConnection.WakeOnLan(
                        section.text("broadcast").orElse("255.255.255.255"), section.number("port", 1, 65535, 9));
            default -> command(section);
        };
    }

    private @Nullable PowerConnection ipmi(Section section) {
        String address = address(section);
        String user = section.required("user", Function.identity());
        PasswordReference password = section.required("password", PasswordReference::parse);
        int port = section.number("port", 1, 65535, 623);
        int cipherSuite = section.number("cipherSuite", 0, 17, 17);
        Duration interval = section.duration("interval", CONTROLLER_INTERVAL);
        return address == null || user == null || password == null
                ? null
                : new PowerConnection.Ipmi(address, port, user, password, cipherSuite, interval);
    }

    private @Nullable PowerConnection redfish(Section section) {
        URI service = section.has("service")
                ? section.required("service", PowerReader::service)
                : Optional.ofNullable(address(section))
                        .map(address -> URI.create("https://" + address))
                        .orElse(null);
        String user = section.required("user", Function.identity());
        PasswordReference password = section.required("password", PasswordReference::parse);
        String fingerprint =
                section.value("fingerprint", PowerReader::fingerprint).orElse(null);
        String system = section.text("system").orElse(null);
        Duration interval = section.duration("interval", CONTROLLER_INTERVAL);
        return service == null || user == null || password == null
                ? null
                : new PowerConnection.Redfish(service, user, password, fingerprint, system, interval);
    }

    private @Nullable PowerConnection snmp(Section section) {
        // Not the controller's address: an outlet is another device.
        String address = section.required("address", Function.identity());
        PasswordReference community = section.required("community", PasswordReference::parse);
        String outlet = section.required("outlet", PowerReader::objectIdentifier);
        int on = section.number("on", Integer.MIN_VALUE, Integer.MAX_VALUE, 1);
        int off = section.number("off", Integer.MIN_VALUE, Integer.MAX_VALUE, 2);
        Duration interval = section.duration("interval", Duration.ofSeconds(1));
        return address == null || community == null || outlet == null
                ? null
                : new PowerConnection.SnmpOutlet(address, community, outlet, on, off, interval);
    }

    private @Nullable PowerConnection command(Section section) {
        String on = section.required("on", Function.identity());
        String off = section.required("off", Function.identity());
        String address = section.text("address").orElse(controller);
        PasswordReference password =
                section.value("password", PasswordReference::parse).orElse(null);
        String status = section.text("status").orElse(null);
        String reset = section.text("reset").orElse(null);
        Duration interval = section.duration("interval", COMMAND_INTERVAL);
        return on == null || off == null
                ? null
                : new PowerConnection.Command(on, off, status, reset, address, password, interval);
    }

    private @Nullable String address(Section section) {
        if (controller != null && !section.has("address")) {
            return controller;
        }
        return section.required("address", Function.identity());
    }

    private static URI service(String text) {
        try {
            URI service = URI.create(text);
            if (service.getHost() != null
                    && service.getUserInfo() == null
                    && ("https".equals(service.getScheme()) || "http".equals(service.getScheme()))) {
                return service;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ConfigurationException("'%s' is not a service root such as https://10.78.0.11.".formatted(text));
    }

    private static String fingerprint(String text) {
        String digits = text.replace(":", "").toLowerCase(Locale.ROOT);
        if (!digits.matches("[0-9a-f]{64}")) {
            throw new ConfigurationException(
                    "'%s' is not the SHA-256 of a certificate, 64 hexadecimal digits.".formatted(text));
        }
        return digits;
    }

    private static String objectIdentifier(String text) {
        if (!text.matches("\\.?\\d+(\\.\\d+)+")) {
            throw new ConfigurationException(
                    "'%s' is not a numeric object identifier such as .1.3.6.1.4.1.318.1.1.4.4.2.1.3.1."
                            .formatted(text));
        }
        return text.startsWith(".") ? text : "." + text;
    }
}
