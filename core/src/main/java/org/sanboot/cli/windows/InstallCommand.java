package org.sanboot.cli.windows;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockDevice;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Credentials;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.Secret;
import org.sanboot.install.InstallEnd;
import org.sanboot.install.InstallFailedException;
import org.sanboot.install.InstallRecipe;
import org.sanboot.lab.HostRequest;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.Run;
import org.sanboot.proof.ImageProof;
import org.sanboot.windows.PlannedChange;
import org.sanboot.windows.PreparationSwitch;
import org.sanboot.windows.WindowsCheck;
import org.sanboot.windows.WindowsDisk;
import org.sanboot.windows.WindowsPreparation;
import org.sanboot.windows.setup.InstallationMedium;
import org.sanboot.windows.setup.KeyDemand.Demand;
import org.sanboot.windows.setup.SetupDisc;
import org.sanboot.windows.setup.SetupOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sanboot windows install}. */
@Command(
        name = "install",
        description = {
            "Installs Windows onto a blank iSCSI disk, unattended, in a virtual machine.",
            "",
            "Takes an ISO file as Microsoft delivers it, adds the network card's driver, an ssh server and the answers to"
                    + " setup's questions, waits until Windows has switched itself off, and makes an image of the disk.",
            "",
            "Two images result: NAME-installed, as setup left it, and NAME, a version of it with the settings of 'sanboot"
                    + " windows prepare'. They share their blocks. Nothing is activated; the licence is yours to have.",
            "",
            "NAME is made when a clone of it has booted over iSCSI to ssh, and its boot disk, ssh server, page file,"
                    + " BitLocker, pending restarts and event log were looked at.",
            ""
        },
        footerHeading = "%n",
        footer = {
            "Example:",
            "  sanboot windows install --iso Win11_24H2.iso --edition \"Windows 11 Pro\" \\",
            "      --key XXXXX-XXXXX-XXXXX-XXXXX-XXXXX --image win11 \\",
            "      --ssh-key ~/.ssh/id_ed25519 --openssh OpenSSH-Win64.zip",
            "",
            "Exit status: 0 done, 1 setup did not come to its end or the image would not boot, 2 a mistake in what was"
                    + " asked. A failed installation leaves its disk and pictures of its screen in $SANBOOT_HOME/installs; an image"
                    + " that does not boot stays as NAME-unproven, and 'sanboot failures' has its pictures."
        },
        mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {

    /** Microsoft, "Windows 10 specifications": 32 GB since 1903, and 20 GB before. */
    private static final ByteSize SMALLEST_DISK = ByteSize.parse("20G");

    private static final String UNPREPARED = "-installed";
    private static final int LONGEST_NAME = GoldenImage.LONGEST_NAME - UNPREPARED.length();

    @Option(names = "--iso", paramLabel = "FILE", required = true, description = "Windows' installation medium.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private Path iso;

    @Option(names = "--image", paramLabel = "NAME", required = true, description = "What tests call the image.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private String image;

    @Mixin
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private SetupArguments setup;

    @Option(names = "--disk", paramLabel = "SIZE", description = "${DEFAULT-VALUE} by default; takes what is written.")
    private String disk = "64G";

    @Option(
            names = "--timeout",
            paramLabel = "MINUTES",
            description = "How long all of it may take; ${DEFAULT-VALUE} by default.")
    private int timeout = 360;

    @Option(
            names = "--stuck-after",
            paramLabel = "MINUTES",
            description =
                    "How long nothing may be written and the screen may stay the same; ${DEFAULT-VALUE} by default.")
    private int stuckAfter = 30;

    @Option(
            names = "--keep-records",
            description = "Keep the pictures of the screen of an installation that succeeds, too.")
    private boolean keepRecords;

    @Option(
            names = "--no-proof",
            description =
                    "Make the image without having booted it. By default a clone is booted over iSCSI first, and looked at.")
    private boolean noProof;

    @Option(
            names = "--dry-run",
            paramLabel = "DIR",
            description = "Only write the answer file, the scripts and the boot disc to a folder, to look at them.")
    private @Nullable Path dryRun;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandLine.Model.CommandSpec spec;

    private final WindowsImages images;
    private final WindowsInstaller installer;
    private final WindowsProver prover;

    InstallCommand(WindowsImages images, WindowsInstaller installer, WindowsProver prover) {
        this.images = images;
        this.installer = installer;
        this.prover = prover;
    }

    @Override
    public Integer call() {
        SetupDisc.requirePrograms();
        GoldenImage.checkName(image);
        if (image.length() > LONGEST_NAME) {
            throw new ConfigurationException(
                    "The image's name may have %d characters here, because %s is made beside it."
                            .formatted(LONGEST_NAME, unprepared()));
        }
        try (InstallationMedium medium = InstallationMedium.open(iso);
                Run run = Run.open(installer.home().resolve("runs"))) {
            SetupOptions options = setup.options(medium);
            InstallRecipe.Builder recipe = recipe(options);
            print(plan(options));
            setup.timeZoneNote().ifPresent(this::print);
            if (options.productKey().isEmpty()
                    && medium.keyDemand(options.edition()).demand() == Demand.UNKNOWN) {
                print("note          whether this Windows asks for a product key is not known: "
                        + medium.keyDemand(options.edition()).reason());
            }
            if (dryRun != null) {
                SetupDisc.make(medium, options, dryRun, run, this::print);
                print("Nothing was installed. %s has the files; the password is in disc/sanboot/unattend.xml."
                        .formatted(dryRun));
                return 0;
            }
            installer.requireFree(image);
            installer.requireFree(unprepared());
            if (!noProof) {
                installer.requireFree(ImageProof.candidate(image));
            }
            Path disc = SetupDisc.make(medium, options, run.directory().resolve("setup"), run, this::print);
            install(recipe.disc(disc).disc(iso).build());
        }
        return prepareAndCheck() ? 0 : 1;
    }

    private String unprepared() {
        return image + UNPREPARED;
    }

    private String plan(SetupOptions options) {
        return String.join(
                System.lineSeparator(),
                "Windows       " + options.edition().describe(),
                "disk          %s, blank, by %s"
                        .formatted(new ByteSize(diskSize().bytes()), options.firmware()),
                "network card  " + options.networkAdapter().model()
                        + options.networkAdapter().note(),
                "login         %s with key:%s".formatted(options.user(), setup.sshKey()),
                "image         %s, of %s".formatted(image, unprepared()));
    }

    private ByteSize diskSize() {
        ByteSize size = ByteSize.parse(disk);
        if (size.compareTo(SMALLEST_DISK) < 0) {
            throw new ConfigurationException(
                    "A disk of %s is too small for Windows; give it %s or more.".formatted(size, SMALLEST_DISK));
        }
        return size;
    }

    private InstallRecipe.Builder recipe(SetupOptions options) {
        InstallRecipe.Builder recipe = InstallRecipe.builder(GuestFamily.WINDOWS, diskSize())
                .firmware(options.firmware())
                .memoryMebibytes(setup.memoryMebibytes())
                .cpus(setup.cpus())
                .networkCard(options.networkAdapter().model())
                .withoutGateway()
                .beforeFirstStart(this::makeBootable)
                .end(new InstallEnd.SystemPowerOff())
                .timeout(Duration.ofMinutes(timeout))
                .stuckAfter(Duration.ofMinutes(stuckAfter))
                .credentials(new Credentials(options.user(), new Secret.PrivateKey(setup.sshKey())));
        if (options.firmware() == Firmware.UEFI) {
            recipe.bootFile("\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
        }
        if (setup.hasTpm()) {
            QemuMachine.requireTpm();
            recipe.tpm();
        }
        return recipe;
    }

    /** Setup's own start from the disk is over iSCSI, too, and not every driver says that it can do that. */
    private void makeBootable(BlockDevice disk) {
        try {
            WindowsPreparation preparation =
                    WindowsPreparation.plan(WindowsDisk.open(disk), PreparationSwitch.defaults());
            preparation.apply();
            preparation.changes().stream()
                    .filter(change -> change.kind() != PlannedChange.Kind.NONE)
                    .forEach(change -> print("before Windows' first start: " + change.describe()));
        } catch (SanbootException e) {
            print("before Windows' first start its disk could not be made ready for iSCSI: " + e.getMessage());
        }
    }

    private void install(InstallRecipe recipe) {
        SetupWatch watch = new SetupWatch(this::print);
        try {
            installer.install(recipe, unprepared(), keepRecords, watch);
        } catch (InstallFailedException e) {
            throw new InfrastructureException(e.getMessage() + System.lineSeparator() + watch.advice(), e);
        }
    }

    /** The image as setup left it stays, whatever becomes of the version. */
    private boolean prepareAndCheck() {
        try (WindowsImages.NewVersion version = images.derive(unprepared())) {
            WindowsPreparation.plan(WindowsDisk.open(version.device()), PreparationSwitch.defaults())
                    .apply();
            WindowsCheck check = WindowsCheck.of(WindowsDisk.open(version.device()), images.machines(unprepared()));
            print(CheckText.of(check));
            // What cannot be judged is no reason to throw hours away; the proof that follows is.
            if (!check.mayBootSomewhere()) {
                print("Windows is installed, as image %s; prepared, it would not boot, and no image %s was made of it."
                        .formatted(unprepared(), image));
                return false;
            }
            version.seal(noProof ? image : ImageProof.candidate(image));
        } catch (SanbootException e) {
            throw new InfrastructureException(
                    "Windows is installed, as image %s, but could not be prepared for iSCSI: %s"
                            .formatted(unprepared(), e.getMessage()),
                    e);
        }
        if (!noProof) {
            print("Booting a clone of it over iSCSI, before it becomes image %s".formatted(image));
            prover.prove(image, this::machine, this::print);
        }
        print("%s is in the catalogue.".formatted(image));
        return true;
    }

    /** The same machine that it was installed in, which may take as long again. */
    private HostRequest.Builder machine(HostRequest.Builder request) {
        return request.memoryMebibytes(setup.memoryMebibytes())
                .cpus(setup.cpus())
                .tpm(setup.hasTpm())
                .readyTimeout(Duration.ofMinutes(timeout));
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
