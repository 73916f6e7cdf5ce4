package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/**
 * Fails in every way there is, so that it can be seen what is kept of each; examples/failure-kinds.sh runs and checks it.
 *
 * <p>{@code -Dsanboot.example.kind=NAME} chooses one kind, {@code all} all of them.
 */
@IscsiBootedLinux(image = "debian")
@Tag("boot")
class FailureKindsTest {

    private static final String KIND = "sanboot.example.kind";

    @Test
    @EnabledIfSystemProperty(named = KIND, matches = "assertion|all")
    void assertion(BootedHost host) {
        host.run("echo broken > /etc/agent.conf && sync");

        assertThat(host.run("cat /etc/agent.conf")).hasOutput("intact");
    }

    @Test
    @Timeout(10)
    @EnabledIfSystemProperty(named = KIND, matches = "time-out|all")
    void time_out(BootedHost host) {
        host.run("echo waiting > /root/note && sync && sleep 600");
    }

    @Test
    @Timeout(10)
    @EnabledIfSystemProperty(named = KIND, matches = "panic|all")
    void panic(BootedHost host) {
        host.run("sync && echo c > /proc/sysrq-trigger");
    }

    /** Nothing waits for it: the connection is lost, and that is the product's doing. */
    @Test
    @EnabledIfSystemProperty(named = KIND, matches = "panic-without-time-out|all")
    void panic_without_time_out(BootedHost host) {
        host.run("sync && echo c > /proc/sysrq-trigger");
    }

    @Test
    @EnabledIfSystemProperty(named = KIND, matches = "unbootable-update|all")
    void unbootable_update(BootedHost host) {
        assertThat(host.run("dd if=/dev/zero of=/dev/sda bs=512 count=1 conv=notrunc,fsync"))
                .succeeded();

        host.reboot();
    }

    /** Ends the server, and a moment later the session that this command came by. */
    @Test
    @EnabledIfSystemProperty(named = KIND, matches = "ssh-stopped|all")
    void ssh_stopped(BootedHost host) {
        host.run("systemctl stop ssh; (sleep 1; kill -9 $PPID) > /dev/null 2>&1 &");

        assertThat(host.run("sleep 5 && echo reached")).hasOutput("reached");
    }

    /** Stops every process but init, the ssh server and this command's own shell among them. */
    @Test
    @Timeout(10)
    @EnabledIfSystemProperty(named = KIND, matches = "hang|all")
    void hang(BootedHost host) {
        host.run("sync && kill -STOP -1 && sleep 600");
    }

    @Test
    @EnabledIfSystemProperty(named = KIND, matches = "qemu-killed|all")
    void qemu_killed(BootedHost host) {
        ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                .forEach(ProcessHandle::destroyForcibly);

        assertThat(host.run("true")).succeeded();
    }

    /** The guest logs in to its target again, as after a broken cable, but its writes are never answered. */
    @Test
    @Timeout(30)
    @EnabledIfSystemProperty(named = KIND, matches = "connection-dropped|all")
    void connection_dropped(BootedHost host) {
        host.disk().faults().stall();
        host.disk().faults().dropConnections();

        host.run("echo lost > /root/note && sync");
    }

    @Test
    @IscsiBootedLinux(image = "debian-no-boot-loader", readyTimeout = "2m")
    @EnabledIfSystemProperty(named = KIND, matches = "boot-loader|all")
    void boot_loader(BootedHost host) {
        assertThat(host.run("true")).succeeded();
    }

    @Test
    @IscsiBootedLinux(image = "debian-other-key")
    @EnabledIfSystemProperty(named = KIND, matches = "credentials|all")
    void credentials(BootedHost host) {
        assertThat(host.run("true")).succeeded();
    }
}
