package org.sanboot.lab;

import java.net.InetSocketAddress;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.IpxeScript;
import org.sanboot.guest.Guest;
import org.sanboot.guest.ssh.GuestSystem;
import org.sanboot.guest.ssh.SshAuthentication;
import org.sanboot.guest.ssh.SshConfiguration;
import org.sanboot.guest.ssh.SshGuest;
import org.sanboot.image.Credentials;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.Secret;
import org.sanboot.machine.Machine;
import org.sanboot.machine.qemu.QemuConfiguration;
import org.sanboot.machine.qemu.QemuMachine;

/** Makes the parts of a stay out of its plan: the boot script, the machine, and the way into its guest. */
final class HostParts {

    private HostParts() {}

    static IpxeScript script(EmbeddedLab lab, HostPlan plan, HostDisk disk) {
        var script = IpxeScript.builder()
                .initiator(disk.initiator().toString())
                .target(
                        QemuMachine.HOST_ADDRESS,
                        lab.target().portals().get(0).getPort(),
                        0,
                        disk.target().toString())
                .address(WindowsHosts.address(plan, QemuMachine.GUEST_ADDRESS));
        WindowsHosts.suit(plan, script);
        return script.build();
    }

    static QemuMachine machine(EmbeddedLab lab, HostPlan plan, String name, IpxeScript script) {
        var configuration = QemuConfiguration.builder(name, plan.firmware(), script.text())
                .acceleration(lab.acceleration())
                .memoryMebibytes(plan.request().memoryMebibytes())
                .cpus(plan.request().cpus())
                .networkCard(plan.image().nicModel());
        plan.request()
                .network()
                .ifPresent(
                        network -> configuration.privateNetwork(plan.networks().join(lab.run(), network)));
        WindowsHosts.suit(lab, plan, configuration);
        return QemuMachine.create(lab.run(), configuration.build());
    }

    static Guest guest(HostPlan plan, Machine machine) {
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

    private static Credentials credentials(HostPlan plan) {
        Credentials credentials = plan.image().credentials();
        if (credentials == null) {
            throw new ConfigurationException(
                    ("The image '%s' has no credentials, so nobody can log in to its guest; import"
                                    + " it again with --user and --identity, or --password.")
                            .formatted(plan.image().name()));
        }
        return credentials;
    }

    static String sshCommand(HostPlan plan, Machine machine) {
        InetSocketAddress address = machine.sshAddress();
        Credentials credentials = credentials(plan);
        String identity = credentials.secret() instanceof Secret.PrivateKey key ? "-i " + key.file() + " " : "";
        // The host key is another one for every image, and the port another one for every boot.
        return "ssh %s-p %d -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null %s@%s"
                .formatted(
                        identity,
                        address.getPort(),
                        credentials.user(),
                        address.getAddress().getHostAddress());
    }
}
