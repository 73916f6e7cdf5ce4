package org.sanboot.machine.physical;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Credentials;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.Secret;
import org.sanboot.inventory.Inventory;
import org.sanboot.process.Run;
import org.sanboot.testing.TestHome;

/**
 * A {@link NetworkBed} around any program: in a namespace with a lab's network, an inventory with one host, {@code host1},
 * of the type {@code bed}, and nothing but its simulated controller to switch that.
 *
 * <p>Arguments: a directory, {@code bios} or {@code uefi}, how long the host may take to its script, {@code deaf} for a host
 * that never boots from the network or {@code sound}, and the command. Ends with the command's exit status, and the
 * namespace with it.
 */
public final class HostBed {

    private HostBed() {}

    /**
     * Returns the command that runs a program in a new bed.
     *
     * @param directory for the bed's files, {@value Inventory#FILE} among them
     * @param firmware of the host
     * @param scriptTimeout how long the host may take to its boot script, as the inventory says it
     * @param deaf whether the host never boots from the network
     * @param command the program
     * @return a command line
     */
    public static List<String> around(
            Path directory, Firmware firmware, String scriptTimeout, boolean deaf, List<String> command) {
        List<String> all = new ArrayList<>(
                List.of("unshare", "--user", "--map-root-user", "--net", "--mount", "--ipc", "--pid", "--fork"));
        all.addAll(List.of("--mount-proc", "--kill-child"));
        all.addAll(java(
                HostBed.class,
                directory.toString(),
                firmware.name().toLowerCase(Locale.ROOT),
                scriptTimeout,
                deaf ? "deaf" : "sound"));
        all.addAll(command);
        return all;
    }

    /**
     * Returns the command that runs a main class with the class path of this JVM.
     *
     * @param main the class
     * @param arguments of the JVM, from {@code -D} on, come first
     * @return a command line
     */
    public static List<String> java(Class<?> main, String... arguments) {
        List<String> all = new ArrayList<>();
        all.add(ProcessHandle.current().info().command().orElseThrow());
        Arrays.stream(arguments).filter(each -> each.startsWith("-D")).forEach(all::add);
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        Arrays.stream(arguments).filter(each -> !each.startsWith("-D")).forEach(all::add);
        return all;
    }

    /**
     * Makes a home with the user's images of some names, for use in a bed. Without them, or the programs of a bed, the test
     * is skipped, and fails in CI.
     *
     * @param home is made
     * @param names of images; {@code tiny} among them or not
     */
    public static void makeHome(Path home, String... names) throws IOException, InterruptedException {
        NetworkBootIT.requireBed();
        Files.createDirectories(home);
        for (String name : names) {
            GoldenImage image = TestHome.guest(name);
            // In the namespace there is one user only, who could not read another's key.
            Credentials credentials = image.credentials();
            Path key = Files.copy(((Secret.PrivateKey) credentials.secret()).file(), home.resolve(name + "-key"));
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
            new ImageCatalogue(home)
                    .add(
                            new ImageImport(
                                    image.disk(),
                                    name,
                                    image.family(),
                                    image.firmware(),
                                    image.nicModel(),
                                    new Credentials(credentials.user(), new Secret.PrivateKey(key))),
                            Progress.NONE);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        NetworkBed bed = new NetworkBed(new String[] {arguments[0], arguments[1], "-", "-"});
        bed.makeNetwork();
        Path cable = directory.resolve("cable");
        int status;
        try (Run run = Run.open(directory.resolve("bed"))) {
            run.start(new ProcessBuilder(
                    "socat", "pty,raw,echo=0,link=" + cable + "-host", "pty,raw,echo=0,link=" + cable + "-bmc"));
            while (!Files.exists(Path.of(cable + "-bmc"))) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            String qemu = String.join(" ", bed.qemu(cable));
            if (arguments[3].equals("deaf")) {
                qemu = qemu.replace("mac=52:54:00:00:00:01 ", "mac=52:54:00:00:00:01,romfile= ");
            }
            try (ControllerSimulator controller = new ControllerSimulator(
                    directory,
                    NetworkBed.CHASSIS.formatted(qemu),
                    "sol \"%s-bmc\" 115200 nortscts history=65536".formatted(cable))) {
                Inventory unused = bed.inventory(controller.port());
                Path file = directory.resolve(Inventory.FILE);
                Files.writeString(file, Files.readString(file).replace("script: 2m", "script: " + arguments[2]));
                status = new ProcessBuilder(Arrays.asList(arguments).subList(4, arguments.length))
                        .inheritIO()
                        .start()
                        .waitFor();
            }
        }
        System.exit(status);
    }
}
