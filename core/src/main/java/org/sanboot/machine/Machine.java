package org.sanboot.machine;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A computer with a power switch, a console and a screen.
 *
 * <p>Thread-safe. Every method that finds the machine broken throws {@link org.sanboot.InfrastructureException} with the
 * machine's own message.
 */
public interface Machine extends AutoCloseable {

    /** What not every machine can do. */
    enum Capability {
        /** Show its screen. */
        SCREENSHOT,
        /** Save what is in its memory. */
        MEMORY_DUMP
    }

    /**
     * Tells whether it can do something that not every machine can.
     *
     * @param capability what
     * @return whether it can
     */
    boolean can(Capability capability);

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
     * @throws org.sanboot.InfrastructureException also when it cannot do so at all
     */
    void screenshot(Path png);

    /**
     * Saves what is in the guest's memory, with its processors' registers; the guest stands still meanwhile.
     *
     * @param dump the ELF core file to write, as long as the machine's memory
     * @throws org.sanboot.InfrastructureException also when it cannot do so at all
     */
    void dumpMemory(Path dump);

    /**
     * Returns the UNIX socket on which a VNC viewer finds the screen, keyboard and mouse while the machine is on.
     *
     * @return a socket that only this user can reach, or nothing when there is none
     */
    Optional<Path> viewer();

    /**
     * Returns what else is recorded of it beside its console, for evidence.
     *
     * @return files that exist until the run ends, by the names that they should get
     */
    Map<String, Path> records();

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
