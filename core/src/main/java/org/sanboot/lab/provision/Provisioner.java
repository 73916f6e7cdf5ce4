package org.sanboot.lab.provision;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.machine.Machine;

/** Makes one machine, or takes it from a rack: all that differs between the two. */
public sealed interface Provisioner permits QemuProvisioner, LeasedHostProvisioner {

    /** Returns what the machine is called where people read it. */
    String label();

    /** Returns what the machine starts by. */
    Firmware firmware();

    /** Returns what it goes on from, or is to be saved for; null for a cold start. */
    @Nullable
    WarmStart warm();

    /** Returns the target that exports its disk. */
    IscsiServer target();

    /** Returns what it must show to the target. */
    ChapCredentials chap();

    /**
     * Returns from where its disk may be reached, where that can be said.
     *
     * @param processId of the machine's QEMU as of now; empty when it has none
     */
    Optional<PeerRule> peers(Supplier<OptionalLong> processId);

    /**
     * Returns the script that boots it from its disk.
     *
     * @param initiator by what name it logs in
     * @param target the name of its disk
     */
    IpxeScript script(Iqn initiator, Iqn target);

    /**
     * Makes the machine, which is off or will be before it is switched on.
     *
     * @param name unique within the run
     */
    Machine machine(String name, IpxeScript script);

    /** Returns how long it may take from power-on until it has its boot script; zero when it has that from the start. */
    Duration scriptTimeout();

    /** Returns what it is made of, for evidence. */
    Map<String, String> description();

    /** Returns what a person should know who boots its kept disk elsewhere. */
    Optional<String> remark();

    /** Tells whether it may still be switched: nobody else has it. */
    boolean isOurs();

    /** Says that its guest became ready. */
    void booted();

    /**
     * Says that its guest did not become ready.
     *
     * @param reason one sentence
     */
    void bootFailed(String reason);

    /**
     * Says that it could not be switched off.
     *
     * @throws InfrastructureException when that is nobody else's concern
     */
    void stuck(InfrastructureException why);

    /** Tells whether it goes on when this JVM ends, and so has to be switched off before. */
    boolean outlivesJvm();

    /** Gives back the machine and what was taken for it. */
    void release();
}
