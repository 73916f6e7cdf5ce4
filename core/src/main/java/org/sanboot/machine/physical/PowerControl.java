package org.sanboot.machine.physical;

import java.util.Optional;
import java.util.Set;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;

/**
 * Switches a computer's power from outside of it.
 *
 * <p>Commands return when the controller has taken them; their effect comes later, and {@link ColdCycle} waits for it.
 * Thread-safe: commands to one controller follow each other, with the interval that its connection asks for.
 *
 * <p>Every method throws {@link PowerException} when the controller does not do what it is told, and {@link
 * UnsupportedOperationException} when it lacks the capability.
 */
public interface PowerControl extends AutoCloseable {

    /** What a controller can do. */
    enum Capability {
        /** Switch on. */
        ON,
        /** Take the power away. */
        OFF,
        /** Tell whether it is on; without this, no command's effect can be verified. */
        STATE,
        /** Press the reset button. */
        RESET,
        /** Press the power button, so that the operating system shuts down. */
        SOFT_OFF,
        /** Make the next start a network boot, and only that. */
        NETWORK_BOOT_ONCE
    }

    /**
     * Opens what switches a host.
     *
     * @param host from the inventory
     * @return the control, to be closed
     * @throws org.sanboot.ConfigurationException when a program that it needs is missing
     */
    static PowerControl of(PhysicalHost host) {
        return PowerControls.open(host, host.power());
    }

    /**
     * Opens what takes a host's power away when nothing else does.
     *
     * @param host from the inventory
     * @return the control, to be closed, if the host has such an outlet
     * @throws org.sanboot.ConfigurationException when a program that it needs is missing
     */
    static Optional<PowerControl> ofOutlet(PhysicalHost host) {
        PowerConnection outlet = host.outlet();
        return outlet == null ? Optional.empty() : Optional.of(PowerControls.open(host, outlet));
    }

    /**
     * Returns what it is and where, for messages.
     *
     * @return a few words without secrets
     */
    String description();

    /**
     * Returns what it can do.
     *
     * @return at least one capability
     */
    Set<Capability> capabilities();

    /**
     * Tells whether it can do something.
     *
     * @param capability what
     * @return whether it can
     */
    default boolean can(Capability capability) {
        return capabilities().contains(capability);
    }

    /** Switches on; harmless when it is on. */
    void on();

    /** Takes the power away without a warning to the operating system; harmless when it is off. */
    void off();

    /**
     * Asks whether it is on.
     *
     * @return true when it is on
     */
    boolean isOn();

    /** Presses the reset button. */
    void reset();

    /** Presses the power button. */
    void softOff();

    /**
     * Makes the next start a network boot.
     *
     * @param firmware what the host starts by
     * @param method by PXE or by HTTP
     */
    void bootFromNetworkOnce(Firmware firmware, BootMethod method);

    /** Ends the session with the controller. Closing again does nothing. */
    @Override
    void close();
}
