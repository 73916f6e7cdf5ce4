package org.sanboot.lab.observation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Redaction;
import org.sanboot.lab.provision.GuestLogin;
import org.sanboot.lab.provision.MachinePlan;

/**
 * What must not appear in the evidence of a machine: what its request names, its image's password, and what its test names
 * while it runs. Thread-safe.
 */
public final class MachineSecrets {

    private static final int SHORTEST = 4;

    private final MachinePlan plan;
    private @Nullable Redaction known;

    public MachineSecrets(MachinePlan plan) {
        this.plan = plan;
    }

    /** Returns what is known by now. */
    public synchronized Redaction redaction() {
        if (known == null) {
            known = GuestLogin.redaction(plan);
        }
        return known;
    }

    /** Adds what a test names; the messages do not quote it. */
    public synchronized void add(List<String> secrets) {
        for (String secret : secrets) {
            if (secret.length() < SHORTEST) {
                throw new ConfigurationException(
                        "%s: a secret of %d characters cannot be taken out of the evidence without tearing it up; it takes at least %d."
                                .formatted(plan.request().name(), secret.length(), SHORTEST));
            }
        }
        known = redaction().and(secrets);
    }
}
