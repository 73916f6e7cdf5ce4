package org.sanboot.machine.physical;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;

/**
 * A management controller by Redfish. Paths are found by following links from the service's root, for every vendor has
 * others.
 *
 * <p>Thread-safe by its monitor.
 */
final class RedfishPower implements PowerControl {

    private final PowerConnection.Redfish connection;
    private final RedfishSession session;
    private @Nullable String system;

    RedfishPower(PowerConnection.Redfish connection) {
        this(connection, Pause.SLEEP);
    }

    RedfishPower(PowerConnection.Redfish connection, Pause pause) {
        this.connection = connection;
        this.session = new RedfishSession(connection, description(), pause);
    }

    @Override
    public String description() {
        return "Redfish service " + connection.service();
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.values());
    }

    @Override
    public synchronized void on() {
        reset("On", "ForceOn");
    }

    /** A host that is off has nothing to be forced off, and some services call that an error. */
    @Override
    public synchronized void off() {
        if (isOn()) {
            reset("ForceOff");
        }
    }

    @Override
    public synchronized boolean isOn() {
        String state = session.get(system()).body().path("PowerState").asText();
        return switch (state) {
            case "On", "PoweringOff", "Paused" -> true;
            case "Off", "PoweringOn" -> false;
            default ->
                throw new PowerException(Kind.BUSY, "%s tells the power state '%s'.".formatted(description(), state));
        };
    }

    @Override
    public synchronized void reset() {
        reset("ForceRestart");
    }

    @Override
    public synchronized void softOff() {
        reset("GracefulShutdown");
    }

    /** Resets by the first of these types that the service allows; one that does not list any is believed to know all. */
    private void reset(String... types) {
        JsonNode action = session.get(system()).body().path("Actions").path("#ComputerSystem.Reset");
        String target = action.path("target").asText();
        if (target.isEmpty()) {
            throw new PowerException(Kind.REFUSED, description() + " offers no way to switch power.");
        }
        List<String> allowed = allowed(action);
        for (String type : types) {
            if (allowed.isEmpty() || allowed.contains(type)) {
                session.post(target, Map.of("ResetType", type));
                return;
            }
        }
        throw new PowerException(
                Kind.REFUSED, "%s does not know %s but %s.".formatted(description(), types[0], allowed));
    }

    private List<String> allowed(JsonNode action) {
        JsonNode values = action.path("ResetType@Redfish.AllowableValues");
        String info = action.path("@Redfish.ActionInfo").asText();
        if (values.isEmpty() && !info.isEmpty()) {
            for (JsonNode parameter : session.get(info).body().path("Parameters")) {
                if (parameter.path("Name").asText().equals("ResetType")) {
                    values = parameter.path("AllowableValues");
                }
            }
        }
        List<String> allowed = new ArrayList<>();
        values.forEach(value -> allowed.add(value.asText()));
        return allowed;
    }

    @Override
    public synchronized void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        RedfishSession.Answer answer = session.get(system());
        Map<String, String> boot = new LinkedHashMap<>();
        boot.put("BootSourceOverrideEnabled", "Once");
        boot.put("BootSourceOverrideTarget", method == BootMethod.HTTP ? "UefiHttp" : "Pxe");
        // Only of a service that shows it: others refuse the whole change.
        if (answer.body().path("Boot").has("BootSourceOverrideMode")) {
            boot.put("BootSourceOverrideMode", firmware == Firmware.UEFI ? "UEFI" : "Legacy");
        }
        session.patch(system(), Map.of("Boot", boot), answer.etag());
    }

    /** Returns the path of the one system, or of the one that the inventory names. */
    private String system() {
        String known = system;
        if (known != null) {
            return known;
        }
        String found = connection.system() != null ? connection.system() : onlySystem();
        system = found;
        return found;
    }

    private String onlySystem() {
        JsonNode root = session.get("/redfish/v1/").body();
        List<String> systems = new ArrayList<>();
        session.get(root.at("/Systems/@odata.id").asText("/redfish/v1/Systems"))
                .body()
                .path("Members")
                .forEach(member -> systems.add(member.path("@odata.id").asText()));
        if (systems.size() != 1) {
            throw new PowerException(
                    Kind.REFUSED,
                    "%s has the systems %s; say which one in the inventory, as 'system'."
                            .formatted(description(), systems));
        }
        return systems.get(0);
    }

    @Override
    public synchronized void close() {
        session.end();
    }
}
