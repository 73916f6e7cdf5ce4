package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.Secret;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** The way of a physical host from its power switch to its guest, in a {@link NetworkBed} without any privileges. */
@Tag("boot")
class NetworkBootIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(Firmware.class)
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void a_host_boots_its_clone_from_the_network_twice_and_its_disk_is_reverted_between(Firmware firmware)
            throws Exception {
        GoldenImage image = requireBed();

        List<String> lines = runBed(firmware, image);

        assertThat(events(lines))
                .as(String.join("\n", lines))
                .containsSubsequence(
                        "bed is up",
                        "power on",
                        "powered on",
                        "step ADDRESS_REQUESTED",
                        "step SCRIPT_FETCHED",
                        "step SCRIPT_RUNNING",
                        "ready first",
                        "guest says Linux",
                        "off first",
                        "power on",
                        "step SCRIPT_RUNNING",
                        "ready second",
                        // And no note of the first life.
                        "guest says Linux",
                        "off second",
                        "bed is down");
        assertThat(events(lines))
                .filteredOn(line -> line.startsWith("console"))
                .singleElement()
                .asString()
                .contains("console connected");
    }

    private static List<String> events(List<String> lines) {
        return lines.stream()
                .filter(line -> line.matches(" *[0-9.]+ .*"))
                .map(line -> line.strip().split(" +", 2)[1])
                .toList();
    }

    private List<String> runBed(Firmware firmware, GoldenImage image) throws IOException, InterruptedException {
        // In the namespace there is one user only, who could not read another's key.
        Secret.PrivateKey key = (Secret.PrivateKey) image.credentials().secret();
        Path identity = Files.copy(key.file(), directory.resolve("identity"));
        Files.setPosixFilePermissions(identity, PosixFilePermissions.fromString("rw-------"));
        Path output = directory.resolve("output");
        Process bed = new ProcessBuilder(
                        "unshare",
                        "--user",
                        "--map-root-user",
                        "--net",
                        "--mount",
                        "--ipc",
                        "--pid",
                        "--fork",
                        "--mount-proc",
                        "--kill-child",
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        NetworkBed.class.getName(),
                        directory.toString(),
                        firmware.name().toLowerCase(Locale.ROOT),
                        image.disk().toString(),
                        identity.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(bed.waitFor(8, TimeUnit.MINUTES)).isTrue();
        } finally {
            bed.destroyForcibly();
        }
        return Files.readAllLines(output);
    }

    /** Returns the small guest's image. */
    static GoldenImage requireBed() throws IOException, InterruptedException {
        for (String[] program : new String[][] {
            {"ipmi_sim", "openipmi"},
            {"ipmitool", "ipmitool"},
            {"dnsmasq", "dnsmasq-base"},
            {"socat", "socat"},
            {"ip", "iproute2"},
            {"qemu-system-x86_64", "qemu-system-x86"}
        }) {
            TestHome.require(
                    Programs.find(program[0]).isPresent(),
                    "%s is missing: apt-get install %s".formatted(program[0], program[1]));
        }
        TestHome.require(Files.exists(Path.of("/usr/lib/ipxe/snponly.efi")), "iPXE is missing: apt-get install ipxe");
        Process namespace = new ProcessBuilder("unshare", "--user", "--map-root-user", "--net", "true").start();
        TestHome.require(namespace.waitFor() == 0, "users may not make network namespaces here");
        TestHome.require(Files.isWritable(Path.of("/dev/net/tun")), "/dev/net/tun is not for everybody: chmod 0666 it");
        return TestHome.tinyGuest();
    }
}
