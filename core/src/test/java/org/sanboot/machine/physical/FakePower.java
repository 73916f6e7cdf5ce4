package org.sanboot.machine.physical;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;

/** A controller that does as it is told, or fails as it is told. */
final class FakePower implements PowerControl {

    final List<String> commands = new ArrayList<>();
    Set<Capability> capabilities = EnumSet.allOf(Capability.class);
    boolean on;
    boolean stuck;
    /** How often the next commands fail, and how. */
    int failures;

    PowerException.Kind failure = PowerException.Kind.UNREACHABLE;

    private final String description;

    FakePower(String description) {
        this.description = description;
    }

    private void command(String command) {
        commands.add(command);
        if (failures > 0) {
            failures--;
            throw new PowerException(failure, description + " fails.");
        }
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public void on() {
        command("on");
        on = true;
    }

    @Override
    public void off() {
        command("off");
        on &= stuck;
    }

    @Override
    public boolean isOn() {
        command("state");
        return on;
    }

    @Override
    public void reset() {
        command("reset");
    }

    @Override
    public void softOff() {
        command("soft");
    }

    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        command("network");
    }

    @Override
    public void close() {}
}
