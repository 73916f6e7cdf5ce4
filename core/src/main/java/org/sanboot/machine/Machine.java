package org.sanboot.machine;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A computer with a power switch, a console and a screen.
 *
 * <p>Thread-safe. Every method that finds the machine broken throws {@link org.sanboot.InfrastructureException} with the
 * machine's own message.
 */
public interface Machine extends AutoCloseable {

    /**
     * Returns the name it goes by in messages and file names.
     *
     * @return unique within a run
     */
    String name();

    /**
     * Switches it on and returns as soon as it runs; does nothing when it is on.
     *
     * @throws org.sanboot.InfrastructureException at once when it does not start, with what it said
     */
    void powerOn();

    /** Takes the power away without a warning to the guest and returns when it is gone; does nothing when it is off. */
    void powerCut();

    /** Presses the reset button. */
    void reset();

    /**
     * Asks the operating system to shut down and waits until the machine is off.
     *
     * @param timeout how long the guest may take
     * @throws org.sanboot.TestException when it is still on by then
     */
    void shutdown(Duration timeout);

    /**
     * Tells whether it is on.
     *
     * @return true from power-on until power-off, whoever caused it
     */
    boolean isOn();

    /**
     * Returns where the guest's ssh server is reached.
     *
     * @return an address on this host for a virtual machine, the machine's own for a physical one
     * @throws IllegalStateException when the machine is off
     */
    InetSocketAddress sshAddress();

    /**
     * Returns what the machine prints on its serial line.
     *
     * @return the console, the same one over all power cycles
     */
    Console console();

    /**
     * Saves what is on the screen.
     *
     * @param png the file to write, replaced when it exists
     */
    void screenshot(Path png);

    /**
     * Adds somebody to tell.
     *
     * @param listener is called on the machine's own thread and must return quickly
     */
    void addListener(MachineListener listener);

    /** Cuts the power and gives everything back that the machine holds. Closing again does nothing. */
    @Override
    void close();
}
