package org.sanboot.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.Retention;
import org.sanboot.inventory.HostState;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.testing.ChildJvm;

/**
 * What a lab goes through with a physical host, as a program for a bed; prints one line for each thing that happens.
 *
 * <p>Arguments: the bed's directory, and which case.
 */
final class PhysicalLabProgram {

    private static final long BEGIN = System.nanoTime();

    private final Path directory;

    private PhysicalLabProgram(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        PhysicalLabProgram program = new PhysicalLabProgram(Path.of(arguments[0]));
        System.setProperty("sanboot.leases", program.directory.resolve("leases").toString());
        switch (arguments[1]) {
            case "boot" -> program.boot();
            case "fail" -> program.failThreeTimes();
            case "hang" -> program.hang();
            case "kill" -> program.endController(true);
            case "terminate" -> program.endController(false);
            default -> throw new IllegalArgumentException(arguments[1]);
        }
        System.exit(0);
    }

    static void say(String what) {
        System.out.printf(Locale.ROOT, "%7.2f %s%n", (System.nanoTime() - BEGIN) / 1e9, what);
    }

    private Lab open() {
        return Lab.open(new LabConfiguration(
                directory.resolve("home"),
                MachineLimits.defaults().withCount(2),
                Retention.defaults(),
                directory.resolve("sanboot-lab.yaml"),
                Duration.ofMinutes(1)));
    }

    private static HostRequest.Builder request() {
        return HostRequest.of("tiny")
                .machine("bed")
                .purpose("the bed")
                .readyTimeout(Duration.ofMinutes(4))
                .progress(progress ->
                        say("%s: %s".formatted(progress.host(), progress.stage().title())));
    }

    /** What a host wrote is kept, and boots in QEMU. */
    private void boot() {
        try (Lab lab = open()) {
            Stay stay = lab.boot(request().build());
            BootedHost host = stay.host();
            say("guest says " + host.run("uname -s").stdout().strip());
            host.run("echo broken > /root/note && sync");
            host.reboot();
            say("rebooted");
            host.power().cut();
            say("cut " + isOn());
            host.power().on();
            host.awaitReady();
            say("ready again");
            stay.witness(new AssertionError("as it should not be"));
            stay.end();
            say("ended " + isOn() + " " + states());
            Failure failure = stay.keep(new FailureDescription(
                    "[bed]", "bed", FailureDescription.Kind.TEST, new AssertionError("as it should not be")));
            say("manifest " + failure.manifest().machine());
            say("remarks " + failure.manifest().remarks());
            Stay again = lab.boot(HostRequest.ofFailure(failure.id())
                    .readyTimeout(Duration.ofMinutes(4))
                    .build());
            say("qemu says " + again.host().run("cat /root/note").stdout().strip());
        }
        say("closed");
    }

    private void failThreeTimes() {
        try (Lab lab = open()) {
            for (int attempt = 0; attempt < 4; attempt++) {
                say("attempt");
                boot(lab, request().build());
                say("on " + isOn() + " " + states());
            }
        }
    }

    /** The host stops as a whole when it has its script. */
    private void hang() {
        try (Lab lab = open()) {
            boot(
                    lab,
                    request()
                            .readyTimeout(Duration.ofSeconds(40))
                            .progress(progress -> {
                                say(progress.stage().title());
                                if (progress.stage() == BootStage.SCRIPT_RUNNING) {
                                    signalHost("STOP");
                                }
                            })
                            .build());
            say("on " + isOn() + " " + states());
        }
    }

    private static void boot(Lab lab, HostRequest request) {
        try {
            lab.boot(request).discard();
            say("booted");
        } catch (InfrastructureException e) {
            say("error " + String.valueOf(e.getMessage()).replace("\n", " | "));
        }
    }

    private void endController(boolean kill) throws Exception {
        try (ChildJvm controller =
                ChildJvm.start(directory.resolve("home"), PhysicalLabProgram.class, directory.toString(), "boot")) {
            controller.awaitLine(line -> line.contains(BootStage.SCRIPT_RUNNING.title()), 90);
            say("on " + isOn() + " " + states());
            if (kill) {
                controller.process().destroyForcibly().waitFor();
            } else {
                controller.process().destroy();
                controller.process().waitFor();
            }
            say("controller ended");
            say("on " + isOn() + " " + states());
        }
        try (Lab lab = open()) {
            say("next lab is open");
            while (isOn()) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            say("host is off");
            while (!states().contains("free")) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            say("lease is free");
        }
    }

    private String states() {
        try (LeaseStore leases = LeaseStore.ofController()) {
            return leases.list().stream()
                    .map(PhysicalLabProgram::described)
                    .toList()
                    .toString();
        }
    }

    private static String described(HostState state) {
        return state.host()
                + (state.abandoned() ? " abandoned" : state.holder().isPresent() ? " leased" : " free")
                + state.setAside().map(why -> " set aside: " + why).orElse("")
                + (state.failedBoots() == 0 ? "" : " failed " + state.failedBoots());
    }

    private boolean isOn() {
        return signalHost("0") == 0;
    }

    private int signalHost(String signal) {
        try {
            return new ProcessBuilder(List.of(
                            "sh",
                            "-c",
                            "pid=$(cat %s/qemu.pid) && ! grep -q '^State:.Z' /proc/$pid/status && kill -%s $pid"
                                    .formatted(directory, signal)))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
