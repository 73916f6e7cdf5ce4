package org.sanboot.lab;

import java.nio.file.Path;
import java.util.Optional;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;

/**
 * One machine for the time of one test, or of one class.
 *
 * <p>A stay is ended as soon as its test has ended, so that the machine is free; what becomes of its disk is decided
 * when the verdict is final, which can be later. A stay that is never decided is discarded when the lab closes.
 */
public interface Stay {

    /**
     * Returns the machine.
     *
     * @return what is injected into the test
     */
    BootedHost host();

    /**
     * Captures what only the running machine can show, at the instant of a failure; does nothing once one was captured.
     *
     * @param failure what the test threw
     */
    void witness(Throwable failure);

    /**
     * Notes that a test failed on the machine, which runs on for other tests: its disk is set aside as the test left it, in a
     * moment. When the stay is kept, each such disk is kept with it, and the report names each test.
     *
     * @param displayName of the test, for people
     * @param failure what it threw
     */
    default void testFailed(String displayName, Throwable failure) {}

    /**
     * Opens the running machine to a person.
     *
     * @return how to look into it, to be closed; without a command when the machine is off
     */
    GuestAccess access();

    /** Cuts the power and sets the disk aside. Ending again does nothing. */
    void end();

    /**
     * Keeps the disk and everything else that was recorded; ends the stay first when that was not done. Keeping again
     * returns the same failure.
     *
     * @param description of the test and of what it threw
     * @return what was kept, with the commands that inspect it
     * @throws org.sanboot.InfrastructureException when it cannot be kept; nothing is removed then
     */
    Failure keep(FailureDescription description);

    /**
     * Hands over the disk of a machine that its guest has switched off in good order; ends the stay first when that was
     * not done. The caller moves the file away before the stay is discarded, which deletes it otherwise.
     *
     * @return the complete disk, a qcow2 overlay on its image's disk
     * @throws org.sanboot.InfrastructureException when the machine was switched off in another way, so that something may
     *     be missing on the disk
     */
    Path sealedDisk();

    /** Throws the disk away, unless it was kept; ends the stay first when that was not done. */
    void discard();

    /**
     * Tells whether the lab itself broke while the machine was in use: QEMU died, or the host's disk was full.
     *
     * @return the sentence to report as an infrastructure error, if it did
     */
    Optional<String> labTrouble();

    /**
     * Tells whether the machine, as seen from outside, will do nothing more of use until it is switched on again: its guest
     * panicked or switched it off, or the lab broke.
     *
     * @return what was seen, if anything was
     */
    Optional<String> trouble();

    /**
     * Tells whether the guest crashed since it was first ready. A crash that happened before the test switched the
     * machine's power itself (cut, reset or on) is forgotten then, for the test knows what it does; a guest that restarts
     * by itself after its crash has crashed all the same.
     *
     * @return the first crash since then, if there was one
     */
    default Optional<Crash> crash() {
        return Optional.empty();
    }
}
