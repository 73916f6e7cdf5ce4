package org.sanboot.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockIoException;
import org.sanboot.block.Durability;
import org.sanboot.block.Overlay;
import org.sanboot.boot.IpxeScript;
import org.sanboot.boot.StaticAddress;
import org.sanboot.guest.Guest;
import org.sanboot.guest.ssh.GuestSystem;
import org.sanboot.guest.ssh.SshAuthentication;
import org.sanboot.guest.ssh.SshConfiguration;
import org.sanboot.guest.ssh.SshGuest;
import org.sanboot.image.Credentials;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.Secret;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.ScreenText;
import org.sanboot.machine.qemu.Acceleration;
import org.sanboot.machine.qemu.Enlightenments;
import org.sanboot.machine.qemu.QemuConfiguration;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.Run;

/**
 * One installation: the blank disk, the machine, and what is seen of them.
 *
 * <p>The target's, the server's and the machine's threads report to the {@link InstallWatch}; the caller's thread powers the
 * machine on and off, and seals.
 */
final class Installation implements AutoCloseable, SessionObserver, MachineListener {

    private static final String AUTHORITY = "iqn.2026-11.org.sanboot:";

    /** A guest under emulation takes minutes to stop its services. */
    private static final Duration SHUTDOWN = Duration.ofMinutes(10);

    private static final String COMMAND = "qemu-command.txt";
    private static final String ERRORS = "qemu.log";
    private static final String SCREENS = "screens";

    private static final Duration INTERRUPTION = Duration.ofSeconds(5);

    private final Path home;
    private final Run run;
    private final InstallRecipe recipe;
    private final ImageImport result;
    private final ChapCredentials secret = ChapCredentials.random("install");
    private final Path records;
    private final InstallServer server;
    private final InstallWatch watch;
    private final QemuMachine machine;
    private final ScreenWatch screen;
    private final IpxeScript installerScript;
    private final IpxeScript diskScript;
    private final Deque<Runnable> closing = new ConcurrentLinkedDeque<>();
    private final Overlay disk;
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean startedFromDisk;
    private @Nullable Guest guest;

    Installation(
            Path home,
            Run run,
            IscsiServer target,
            InstallRecipe recipe,
            String name,
            Consumer<InstallProgress> progress) {
        this.home = home;
        this.run = run;
        this.recipe = recipe;
        this.records = run.directory().resolve("installation");
        this.result = new ImageImport(
                records.resolve("disk.qcow2"),
                name,
                recipe.family(),
                recipe.bootableBy(),
                recipe.networkCard(),
                recipe.credentials().orElse(null));
        directory(records);
        try {
            Overlay disk =
                    opened(Overlay.createBlank(result.source(), recipe.diskSize(), Durability.PROCESS), Overlay::close);
            Export export = opened(target.export(configuration(disk)), Export::close);
            this.watch = new InstallWatch(
                    recipe, progress, () -> export.statistics().bytesWritten(), this::picture, System::nanoTime);
            run.beforeEnd(this::interrupt);
            this.disk = disk;
            this.server = opened(InstallServer.start(recipe, this::script), InstallServer::close);
            IpxeScript.Builder script = IpxeScript.builder()
                    .initiator(initiator().toString())
                    .target(
                            QemuMachine.HOST_ADDRESS,
                            target.portals().get(0).getPort(),
                            0,
                            export.targetName().toString())
                    .chap(secret.name(), secret.secret())
                    .chained();
            recipe.bootFile().ifPresent(script::filename);
            this.diskScript = script.build();
            this.installerScript = installer(script).build();
            this.machine = opened(QemuMachine.create(run, machine(name)), QemuMachine::close);
            this.screen =
                    opened(new ScreenWatch(machine, records.resolve(SCREENS), watch::pictured), ScreenWatch::close);
            if (recipe.pressesKey()) {
                opened(new KeyPresser(machine, watch), KeyPresser::close);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        machine.addListener(this);
        listen();
    }

    /** Notes how to close something. */
    private <T> T opened(T part, Consumer<T> close) {
        closing.push(() -> close.accept(part));
        return part;
    }

    private ExportConfiguration configuration(Overlay disk) {
        return ExportConfiguration.named(new Iqn(AUTHORITY + run.directory().getFileName() + ".install"))
                .lun(0, disk)
                .allowedInitiator(initiator())
                .chap(secret)
                .peers(PeerRule.process(this::processId))
                .observer(this)
                .build();
    }

    private OptionalLong processId() {
        @Nullable QemuMachine started = machine;
        return started == null ? OptionalLong.empty() : started.processId();
    }

    private static Iqn initiator() {
        return new Iqn(AUTHORITY + "host.install");
    }

    private static Path directory(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot make the directory " + directory + ": " + e, e);
        }
    }

    private IpxeScript.Builder installer(IpxeScript.Builder script) {
        return recipe.kernel()
                .map(kernel -> script.thenKernel(
                        server.kernelUri(),
                        server.initrdUris(kernel.initrds().size()),
                        server.resolve(kernel.arguments())))
                .orElseGet(script::thenNextDevice);
    }

    /** Ends the installation before its processes are ended, so that nobody wonders at their end. */
    private void interrupt() {
        watch.interrupted();
        try {
            var unused = ended.await(INTERRUPTION.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the machine holds: iPXE's way to the script of the boot, and the media. */
    private QemuConfiguration machine(String name) {
        Acceleration acceleration = Acceleration.proven(run, home);
        QemuConfiguration.Builder configuration = QemuConfiguration.builder(
                        "install-" + name.substring(0, Math.min(32, name.length())), recipe.firmware(), firstScript())
                .acceleration(acceleration)
                .memoryMebibytes(recipe.memoryMebibytes())
                .cpus(recipe.cpus())
                .networkCard(recipe.networkCard());
        if (recipe.family() == GuestFamily.WINDOWS) {
            configuration.forWindows(Enlightenments.proven(run, home, acceleration));
        }
        if (recipe.hasTpm()) {
            configuration.tpm();
        }
        recipe.discs().forEach(configuration::disc);
        recipe.floppy().ifPresent(configuration::floppy);
        addAnswers(configuration);
        return configuration.build();
    }

    private void addAnswers(QemuConfiguration.Builder configuration) {
        if (recipe.answers().isEmpty()) {
            return;
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        recipe.answers().forEach(file -> files.put(file.name(), server.resolved(file)));
        AnswerMedium medium = new AnswerMedium(run, directory(run.directory().resolve("answers")));
        switch (recipe.answerPlace()) {
            case HTTP -> {}
            case CD -> configuration.disc(medium.disc(files));
            case FLOPPY -> configuration.floppy(medium.floppy(files));
        }
    }

    /** Fetches the script of the boot. When that ends without having booted, the firmware's next device follows. */
    private String firstScript() {
        StaticAddress address = QemuMachine.GUEST_ADDRESS;
        return String.join(
                        "\n",
                        "#!ipxe",
                        "set net0/ip " + address.address(),
                        "set net0/netmask " + address.netmask(),
                        "set net0/gateway " + (recipe.hasGateway() ? address.gateway() : "0.0.0.0"),
                        "set net0/dns " + address.nameServer(),
                        "ifopen net0 || goto failed",
                        "chain " + server.scriptUri() + " && exit || goto failed",
                        ":failed",
                        "echo " + IpxeScript.FAILED + " ${errno}",
                        ":stopped",
                        "sleep 3600",
                        "goto stopped")
                + "\n";
    }

    /** Asked for by the machine, once for each boot. */
    private String script() {
        return switch (watch.booting()) {
            case INSTALLER -> installerScript.text();
            case DISK -> {
                beforeFirstStart();
                yield diskScript.text();
            }
        };
    }

    /** The firmware has not asked for the disk yet, and whoever installed it is gone. */
    private synchronized void beforeFirstStart() {
        if (!startedFromDisk) {
            startedFromDisk = true;
            recipe.beforeFirstStart().ifPresent(change -> change.accept(disk));
        }
    }

    /** The name of the latest picture, once there is one. */
    private String picture() {
        return Optional.ofNullable(screen)
                .flatMap(ScreenWatch::latest)
                .map(file -> file.getFileName().toString())
                .orElse("");
    }

    private void listen() {
        var unused = machine.console().listen(new ConsoleWatch(this::printed));
    }

    private void printed(String line, boolean isComplete) {
        watch.printed(line);
        if (recipe.end() instanceof InstallEnd.ConsoleLine end
                && end.line().matcher(line).find()) {
            watch.complete("the console says: " + line.strip());
        }
        if (!isComplete) {
            return;
        }
        if (line.contains(IpxeScript.FAILED)) {
            watch.brokeDown("iPXE could not go on: " + line.strip());
        }
        int trouble = line.indexOf(InstallRecipe.TROUBLE);
        if (trouble >= 0) {
            watch.brokeDown(
                    line.substring(trouble + InstallRecipe.TROUBLE.length()).strip());
        }
    }

    /** Installs, and makes an image of the disk. */
    GoldenImage run(ImageCatalogue catalogue, boolean keepingRecords) {
        try {
            watch.reached(InstallStage.PREPARED, records.toString());
            machine.powerOn();
            while (watch.await() == InstallWatch.Next.POWER_ON) {
                machine.powerOn();
            }
            finish();
            watch.reached(InstallStage.POWERED_OFF, new ByteSize(watch.written()) + " written");
            GoldenImage image = catalogue.add(result, Progress.NONE);
            watch.reached(
                    InstallStage.SEALED,
                    "%s, of which %s are stored"
                            .formatted(new ByteSize(image.size()), new ByteSize(image.allocated())));
            if (keepingRecords) {
                Files.delete(result.source());
                keep();
            }
            return image;
        } catch (SanbootException e) {
            throw Thread.currentThread().isInterrupted() || watch.wasInterrupted() ? e : kept(e);
        } catch (IOException e) {
            throw new InfrastructureException("The records of the installation cannot be kept: " + e, e);
        }
    }

    /** Ends the machine in good order: what it has not written yet is part of the image. */
    private void finish() {
        screen.look();
        if (recipe.end() instanceof InstallEnd.Restart) {
            machine.powerCut();
        } else if (machine.isOn()) {
            machine.shutdown(SHUTDOWN);
        }
        close();
    }

    private SanbootException kept(SanbootException failure) {
        screen.look();
        close();
        try {
            Path directory = keep();
            return new InstallFailedException(
                    "%s\nWhat it left is in %s%s\nThe console's last lines:\n%s"
                            .formatted(
                                    afterTheMove(failure.getMessage(), directory),
                                    directory,
                                    lastPicture(directory),
                                    machine.console().tail(12)),
                    failure,
                    directory);
        } catch (IOException e) {
            failure.addSuppressed(e);
            return failure;
        }
    }

    /** An installer's screen has its say without a console, too. Read when all is kept, for that takes its time. */
    private String lastPicture(Path directory) {
        String name = picture();
        if (name.isEmpty()) {
            return "; there is no picture of the screen";
        }
        Path picture = directory.resolve(SCREENS).resolve(name);
        return "; the last picture of the screen is " + directory.relativize(picture)
                + ScreenText.in(picture)
                        .map(text -> ", and reads:\n" + text.indent(4).stripTrailing())
                        .orElse("");
    }

    /** What QEMU's own failure refers to is elsewhere by the time that somebody reads of it. */
    private String afterTheMove(@Nullable String message, Path directory) {
        return String.valueOf(message)
                .replace(
                        machine.commandLine().toString(),
                        directory.resolve(COMMAND).toString())
                .replace(
                        machine.errorLog().toString(), directory.resolve(ERRORS).toString());
    }

    /** Moves what was recorded to where it stays. */
    private Path keep() throws IOException {
        Files.copy(machine.console().log(), records.resolve("console.log"));
        Files.copy(machine.errorLog(), records.resolve(ERRORS));
        Files.copy(machine.commandLine(), records.resolve(COMMAND));
        Files.writeString(records.resolve("boot.ipxe"), installerScript.redacted());
        List<String> lines = new ArrayList<>();
        watch.stages().forEach(stage -> lines.add(stage.line()));
        Files.write(records.resolve("stages.txt"), lines);
        String time = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                .withZone(ZoneOffset.UTC)
                .format(Instant.now());
        Path kept = directory(home.resolve("installs")).resolve(result.name() + "-" + time);
        return Files.move(records, kept);
    }

    /** Waits for ssh on a thread of its own, from the first time on that the installed system runs. */
    private synchronized void awaitSsh() {
        if (guest != null || !(recipe.end() instanceof InstallEnd.SshReady) || !watch.systemRuns()) {
            return;
        }
        Guest waitedFor = opened(guest(recipe.credentials().orElseThrow()), Guest::close);
        guest = waitedFor;
        Thread waiting = new Thread(
                () -> {
                    try {
                        waitedFor.awaitReady(
                                recipe.timeout(), () -> watch.isOver() ? Optional.of("it is over") : Optional.empty());
                        watch.complete("the installed system takes commands over ssh");
                    } catch (SanbootException e) {
                        if (!wasOff(e)) {
                            watch.brokeDown(String.valueOf(e.getMessage()));
                        }
                    }
                },
                "sanboot-install-ssh");
        waiting.setDaemon(true);
        waiting.start();
    }

    /** Tells whether ssh met the machine switched off by its guest; then the system's next login begins the wait anew. */
    private synchronized boolean wasOff(SanbootException failure) {
        if (failure.getCause() instanceof IllegalStateException) {
            guest = null;
            return true;
        }
        return false;
    }

    private Guest guest(Credentials credentials) {
        SshAuthentication authentication = credentials.secret() instanceof Secret.PrivateKey key
                ? new SshAuthentication.PrivateKey(key.file())
                : new SshAuthentication.Password(((Secret.Password) credentials.secret())::read);
        GuestSystem system = switch (recipe.family()) {
            case LINUX -> GuestSystem.LINUX;
            case WINDOWS -> GuestSystem.WINDOWS;
            case OTHER -> GuestSystem.OTHER;
        };
        return new SshGuest(SshConfiguration.of(machine::sshAddress, credentials.user(), authentication)
                .withSystem(system));
    }

    @Override
    public void loggedIn(SessionInfo session) {
        watch.loggedIn(session.isid());
        awaitSsh();
    }

    @Override
    public void deviceFailed(BlockIoException failure) {
        watch.brokeDown("the disk failed: " + failure.getMessage());
    }

    @Override
    public void poweredOn() {
        watch.reached(InstallStage.POWERED_ON, "");
    }

    @Override
    public void poweredOff(boolean byGuest) {
        if (byGuest) {
            watch.poweredOff();
        }
    }

    @Override
    public void guestPanicked(String what) {
        watch.brokeDown("the guest panicked: " + what);
    }

    @Override
    public void died(String why) {
        watch.brokeDown(why);
    }

    /** Ends the machine first and closes the disk last. */
    @Override
    public synchronized void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
        ended.countDown();
    }
}
