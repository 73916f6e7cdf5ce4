package org.sanboot.lab.provision;

import java.net.InetSocketAddress;
import java.util.List;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.evidence.Redaction;
import org.sanboot.guest.Guest;
import org.sanboot.guest.ssh.GuestSystem;
import org.sanboot.guest.ssh.SshAuthentication;
import org.sanboot.guest.ssh.SshConfiguration;
import org.sanboot.guest.ssh.SshGuest;
import org.sanboot.image.Credentials;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.Secret;
import org.sanboot.machine.Machine;

/** The way into a guest, by what its image says. */
public final class GuestLogin {

    private GuestLogin() {}

    public static Guest guest(MachinePlan plan, Machine machine) {
        Credentials credentials = credentials(plan);
        return new SshGuest(SshConfiguration.of(machine::sshAddress, credentials.user(), authentication(credentials))
                .withSystem(system(plan.image().family())));
    }

    private static GuestSystem system(GuestFamily family) {
        return switch (family) {
            case LINUX -> GuestSystem.LINUX;
            case WINDOWS -> GuestSystem.WINDOWS;
            case OTHER -> GuestSystem.OTHER;
        };
    }

    private static SshAuthentication authentication(Credentials credentials) {
        if (credentials.secret() instanceof Secret.PrivateKey key) {
            return new SshAuthentication.PrivateKey(key.file());
        }
        return new SshAuthentication.Password(((Secret.Password) credentials.secret())::read);
    }

    private static Credentials credentials(MachinePlan plan) {
        Credentials credentials = plan.image().credentials();
        if (credentials == null) {
            throw new ConfigurationException(
                    ("The image '%s' has no credentials, so nobody can log in to its guest; import"
                                    + " it again with --user and --identity, or --password.")
                            .formatted(plan.image().name()));
        }
        return credentials;
    }

    /** Knows what the request says is secret, and the password of the image if it has one that can be read. */
    public static Redaction redaction(MachinePlan plan) {
        Redaction asked = plan.request().redaction();
        Credentials credentials = plan.image().credentials();
        if (credentials == null || !(credentials.secret() instanceof Secret.Password password)) {
            return asked;
        }
        try {
            return asked.and(List.of(password.read()));
        } catch (SanbootException e) {
            // Then nobody could log in with it either.
            return asked;
        }
    }

    public static String sshCommand(MachinePlan plan, Machine machine) {
        InetSocketAddress address = machine.sshAddress();
        Credentials credentials = credentials(plan);
        String identity = credentials.secret() instanceof Secret.PrivateKey key ? "-i " + key.file() + " " : "";
        // The host key is another one for every image, and the port another one for every boot.
        return "ssh %s-p %d -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null %s@%s"
                .formatted(
                        identity,
                        address.getPort(),
                        credentials.user(),
                        address.isUnresolved()
                                ? address.getHostString()
                                : address.getAddress().getHostAddress());
    }
}
