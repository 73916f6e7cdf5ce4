package org.sanboot.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.Trace;
import org.sanboot.machine.Console;

/**
 * A machine that was booted from a fresh clone of a golden image: what a test works with.
 *
 * <pre>{@code
 * @Test
 * void the_agent_survives_a_power_cut(BootedHost host) {
 *     host.copyTo(Path.of("target/agent.deb"), "/tmp/agent.deb");
 *     assertThat(host.run("dpkg -i /tmp/agent.deb && sync")).succeeded();
 *
 *     host.power().cut();
 *     host.power().on();
 *     host.awaitReady();
 *
 *     assertThat(host.run("systemctl is-active agent")).hasOutput("active");
 * }
 * }</pre>
 *
 * <p>Thread-safe. What goes wrong in the guest is a {@link org.sanboot.TestException}; once the guest was ready, that is also
 * a connection that is lost, a boot that it does not come back from, and a login that it refuses. What goes wrong with the
 * machine, and all that happens after the lab itself broke, is an {@link org.sanboot.InfrastructureException}.
 */
public interface BootedHost {

    /**
     * Returns the name within the test.
     *
     * @return {@code host} unless the annotation says otherwise
     */
    String name();

    /**
     * Returns the golden image's name.
     *
     * @return the name in the catalogue
     */
    String image();

    /**
     * Runs a command in the guest, for a minute at most.
     *
     * @param command as a user would type it in the guest's own shell
     * @return what it printed, and how it ended
     */
    CommandResult run(String command);

    /**
     * Runs a command in the guest.
     *
     * @param command the text with its time-out, charset and input
     * @return what it printed, and how it ended
     */
    CommandResult run(Command command);

    /**
     * Runs PowerShell in a Windows guest, for a minute at most.
     *
     * @param script of any length
     * @return what it printed in UTF-8, and its last exit code
     * @throws org.sanboot.ConfigurationException when the guest is no Windows
     */
    CommandResult powershell(String script);

    /**
     * Runs PowerShell in a Windows guest.
     *
     * @param script of any length
     * @param timeout how long it may take, more than zero
     * @return what it printed in UTF-8, and its last exit code
     * @throws org.sanboot.ConfigurationException when the guest is no Windows
     */
    CommandResult powershell(String script, Duration timeout);

    /**
     * Runs what one would type at cmd's prompt in a Windows guest, for a minute at most; several lines are a batch file.
     *
     * @param text of any length
     * @return what it printed, read as UTF-8, and its exit code
     * @throws org.sanboot.ConfigurationException when the guest is no Windows
     */
    CommandResult cmd(String text);

    /**
     * Runs what one would type at cmd's prompt in a Windows guest.
     *
     * @param text of any length
     * @param timeout how long it may take, more than zero
     * @return what it printed, read as UTF-8, and its exit code
     * @throws org.sanboot.ConfigurationException when the guest is no Windows
     */
    CommandResult cmd(String text, Duration timeout);

    /**
     * Runs a program, for a minute at most, with arguments that it gets as they are, whatever characters they hold.
     *
     * @param program its path, or a name that the guest finds
     * @param arguments none of them is looked at by a shell
     * @return what it printed, and how it ended
     */
    CommandResult exec(String program, String... arguments);

    /**
     * Runs a program with arguments that it gets as they are, whatever characters they hold.
     *
     * @param timeout how long it may take, more than zero
     * @param program its path, or a name that the guest finds
     * @param arguments none of them is looked at by a shell
     * @return what it printed, and how it ended
     */
    CommandResult exec(Duration timeout, String program, String... arguments);

    /**
     * Tells what the guest runs from, as the guest and the target see it.
     *
     * @return the proof that a test may ask for that its guest boots from iSCSI
     */
    BootDisk bootDisk();

    /**
     * Copies a file or a directory into the guest.
     *
     * @param local what to copy
     * @param remote the absolute path it gets
     */
    void copyTo(Path local, String remote);

    /**
     * Copies a file or a directory out of the guest.
     *
     * @param remote what to copy, an absolute path
     * @param local the path it gets
     */
    void copyFrom(String remote, Path local);

    /** Reboots the guest in good order and returns when it is ready again; it is known to have rebooted. */
    void reboot();

    /**
     * Waits until the guest runs commands, for as long as the annotation allows.
     *
     * @throws org.sanboot.TestException when it does not; its message says how far the boot came
     * @throws org.sanboot.InfrastructureException when the lab broke meanwhile
     */
    void awaitReady();

    /**
     * Returns the power switch.
     *
     * @return the switch
     */
    Power power();

    /**
     * Returns the disk.
     *
     * @return the clone that the machine boots from
     */
    Disk disk();

    /**
     * Returns what the machine prints on its serial line.
     *
     * @return the console
     */
    Console console();

    /**
     * Saves what is on the screen.
     *
     * @param png the file to write, replaced when it exists
     */
    void screenshot(Path png);

    /**
     * Returns the stages of the last boot and when they were reached.
     *
     * @return in the order of the stages, each with the time since the boot began
     */
    Map<BootStage, Duration> stages();

    /**
     * Returns the command with which a person gets a shell in the guest.
     *
     * @return a line for a terminal on this host; it holds no secret
     */
    String sshCommand();

    /**
     * Names secrets that must not appear in the evidence, such as a licence key that the test types. They are taken out as they
     * are, and escaped for URLs, JSON and HTML, and within Base64, also of what was recorded before.
     *
     * @param secrets of at least 4 characters each
     * @throws org.sanboot.ConfigurationException when one is shorter
     */
    void redact(String... secrets);

    /**
     * Adds a file of this computer to the evidence of this machine, as it is now: {@code attached/NAME}, without secrets, if the
     * machine is kept. Up to 100 files and 64 MiB are taken.
     *
     * @param file an ordinary file
     * @throws org.sanboot.ConfigurationException when it is none, or has an odd name
     */
    void attach(Path file);

    /**
     * Adds a text to the evidence of this machine, as {@link #attach(Path)} does.
     *
     * @param name of letters, digits, blanks and {@code ._@+=,~-}
     * @param content any text
     * @throws org.sanboot.ConfigurationException when the name is an odd one
     */
    void attach(String name, String content);

    /** The power switch of a machine. */
    interface Power {

        /** Switches on and returns as soon as the machine runs; {@link BootedHost#awaitReady()} waits for the guest. */
        void on();

        /** Takes the power away without a warning. What the guest did not flush may be lost, as with any computer. */
        void cut();

        /** Presses the reset button; {@link BootedHost#awaitReady()} waits for the guest. */
        void reset();

        /** Asks the guest to shut down and returns when the machine is off. */
        void shutdown();

        /**
         * Waits until the machine is off, whoever switches it off.
         *
         * @throws InterruptedException when the waiting thread is interrupted
         */
        void awaitOff() throws InterruptedException;

        /**
         * Tells whether the machine is on.
         *
         * @return true from power-on until power-off, whoever caused it
         */
        boolean isOn();
    }

    /** The disk of a machine: an overlay on its golden image. */
    interface Disk {

        /**
         * Remembers the disk as it is, for {@link #revert()}.
         *
         * @throws org.sanboot.ConfigurationException when the machine is on
         */
        void snapshot();

        /**
         * Goes back to the last snapshot, or to the golden image when there is none.
         *
         * @throws org.sanboot.ConfigurationException when the machine is on
         */
        void revert();

        /**
         * Returns what the machine did to its disk since it was cloned.
         *
         * @return the counters as they stand
         */
        Statistics statistics();

        /**
         * Makes the disk misbehave on purpose: errors, delays, stalls, lost connections, torn
         * writes.
         *
         * @return the faults of this disk, which end with it
         */
        Faults faults();

        /**
         * Starts to note every command that the machine sends to its disk, in place of a trace that runs. A failed test's
         * trace is kept as {@code trace.csv} and drawn as {@code trace.svg}, LBA over time.
         *
         * @return the trace, which may be left open
         */
        Trace trace();

        /**
         * What a machine did to its disk.
         *
         * @param reads how many read commands
         * @param bytesRead how much they read
         * @param writes how many write commands
         * @param bytesWritten how much they wrote
         * @param flushes how many cache synchronisations
         * @param sessions how many iSCSI sessions there were, firmware and operating system
         */
        record Statistics(long reads, long bytesRead, long writes, long bytesWritten, long flushes, long sessions) {}
    }
}
