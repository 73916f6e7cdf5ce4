package org.sanboot.cli.windows;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.Run;
import org.sanboot.windows.PlannedChange;
import org.sanboot.windows.PreparationSwitch;
import org.sanboot.windows.WindowsCheck;
import org.sanboot.windows.WindowsDisk;
import org.sanboot.windows.WindowsPreparation;
import org.sanboot.windows.setup.DriverFolder;
import org.sanboot.windows.setup.InstallationMedium;
import org.sanboot.windows.setup.LabConfigBypass;
import org.sanboot.windows.setup.NetworkAdapter;
import org.sanboot.windows.setup.OpenSsh;
import org.sanboot.windows.setup.SetupDisc;
import org.sanboot.windows.setup.SetupOptions;
import org.sanboot.windows.setup.WindowsEdition;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
                    + " asked. A failed installation leaves its disk and pictures of its screen in $SANBOOT_HOME/installs."
        },
        mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {

    /** Microsoft, "Windows 10 specifications": 32 GB since 1903, and 20 GB before. */
    private static final ByteSize SMALLEST_DISK = ByteSize.parse("20G");

    private static final int MEBIBYTE_BITS = 20;

    private static final String UNPREPARED = "-installed";
    private static final int LONGEST_NAME = GoldenImage.LONGEST_NAME - UNPREPARED.length();

    private static final String DEFAULT_TIME_ZONE = "UTC";

    /** What decides whether Windows finds its disk. */
    private static final Set<PreparationSwitch> FOR_FIRST_START =
            EnumSet.of(PreparationSwitch.FILTERS_OPTIONAL, PreparationSwitch.NIC_BOOT_START);

    @Option(names = "--iso", paramLabel = "FILE", required = true, description = "Windows' installation medium.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private Path iso;

    @Option(names = "--image", paramLabel = "NAME", required = true, description = "What tests call the image.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private String image;

    @Option(
            names = "--edition",
            paramLabel = "NAME|NUMBER",
            description = "Which Windows of the medium; needed when it has several, and a wrong one lists them.")
    private @Nullable String edition;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "The product key; none for evaluation and volume media. Others ask for one.")
    private @Nullable String key;

    @Option(
            names = "--ssh-key",
            paramLabel = "FILE",
            required = true,
            description = "The private key that tests log in with; its public half is FILE.pub.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private Path sshKey;

    @Option(
            names = "--openssh",
            paramLabel = "FILE",
            description =
                    "A release of Win32-OpenSSH, .msi or .zip (Windows 7: .zip); not for Server 2025, which has one.")
    private @Nullable Path openSsh;

    @Option(
            names = "--network-card",
            paramLabel = "MODEL",
            description = "e1000 by default, which every Windows knows; virtio-net-pci needs --drivers.")
    private String networkCard = NetworkAdapter.E1000.model();

    @Option(
            names = "--drivers",
            paramLabel = "DIR",
            description = "A folder with drivers (.inf), for setup and for the installed system. Repeatable.")
    private List<Path> drivers = new ArrayList<>();

    @Option(
            names = "--firmware",
            description = "${COMPLETION-CANDIDATES}; UEFI by default for Windows 11, BIOS for all others.")
    private @Nullable Firmware firmware;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description =
                    "The administrator that tests log in as: Administrator on servers whose language calls it so, tester on others.")
    private @Nullable String user;

    @Option(
            names = "--password",
            paramLabel = "REFERENCE",
            description = "The user's password: env:NAME, file:PATH or command:WORDS. A random one by default.")
    private @Nullable String password;

    @Option(names = "--language", paramLabel = "TAG", description = "Of the user interface; the medium's by default.")
    private @Nullable String language;

    @Option(names = "--locale", paramLabel = "TAG", description = "Of keyboard and formats; the language by default.")
    private @Nullable String locale;

    @Option(names = "--time-zone", paramLabel = "ID", description = "As Windows names it; ${DEFAULT-VALUE} by default.")
    private String timeZone = DEFAULT_TIME_ZONE;

    @Option(names = "--computer-name", paramLabel = "NAME", description = "${DEFAULT-VALUE} by default.")
    private String computerName = "sanboot";

    @Option(
            names = "--bypass",
            paramLabel = "DEMAND",
            split = ",",
            arity = "0..1",
            description =
                    "Demands of Windows 11 on the machine to pass over: tpm, secure-boot, ram, cpu, or none; all by default. Without Secure Boot, which no machine here has, secure-boot must be among them.")
    private @Nullable List<String> bypasses;

    @Option(names = "--tpm", description = "Gives the machine a TPM 2.0, by the package swtpm.")
    private boolean tpm;

    @Option(names = "--disk", paramLabel = "SIZE", description = "${DEFAULT-VALUE} by default; takes what is written.")
    private String disk = "64G";

    @Option(names = "--memory", paramLabel = "SIZE", description = "Of the machine; ${DEFAULT-VALUE} by default.")
    private String memory = "4G";

    @Option(names = "--cpus", paramLabel = "N", description = "Of the machine; ${DEFAULT-VALUE} by default.")
    private int cpus = 2;

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
            names = "--dry-run",
            paramLabel = "DIR",
            description = "Only write the answer file, the scripts and the boot disc to a folder, to look at them.")
    private @Nullable Path dryRun;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandLine.Model.CommandSpec spec;

    private final WindowsImages images;
    private final WindowsInstaller installer;

    InstallCommand(WindowsImages images, WindowsInstaller installer) {
        this.images = images;
        this.installer = installer;
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
            SetupOptions options = options(medium.edition(edition));
            InstallRecipe.Builder recipe = recipe(options);
            print(plan(options));
            if (!timeZone.equals(hostsTimeZone()) && timeZone.equals(DEFAULT_TIME_ZONE)) {
                print(
                        "note          the machine's clock has this host's local time (%s); --time-zone sets Windows' to match"
                                .formatted(hostsTimeZone()));
            }
            if (dryRun != null) {
                SetupDisc.make(medium, options, dryRun, run, this::print);
                print("Nothing was installed. %s has the files; the password is in disc/sanboot/unattend.xml."
                        .formatted(dryRun));
                return 0;
            }
            installer.requireFree(image);
            installer.requireFree(unprepared());
            Path disc = SetupDisc.make(medium, options, run.directory().resolve("setup"), run, this::print);
            install(recipe.disc(disc).disc(iso).build());
        }
        return prepareAndCheck() ? 0 : 1;
    }

    private static String hostsTimeZone() {
        ZoneId zone = ZoneId.systemDefault();
        return zone.getRules().getOffset(Instant.now()).equals(ZoneOffset.UTC) ? DEFAULT_TIME_ZONE : zone.getId();
    }

    private String unprepared() {
        return image + UNPREPARED;
    }

    private SetupOptions options(WindowsEdition chosen) {
        SetupOptions.Builder options = SetupOptions.of(chosen)
                .networkAdapter(networkAdapter())
                .timeZone(timeZone)
                .computerName(computerName)
                .machine(tpm, memoryMebibytes(), cpus)
                .sshKey(publicKey())
                .drivers(drivers.stream().map(DriverFolder::of).toList());
        Optional.ofNullable(firmware).ifPresent(options::firmware);
        Optional.ofNullable(key).ifPresent(options::productKey);
        Optional.ofNullable(language).ifPresent(options::language);
        Optional.ofNullable(locale).ifPresent(options::locale);
        Optional.ofNullable(user).ifPresent(options::user);
        Optional.ofNullable(password).map(this::password).ifPresent(options::password);
        Optional.ofNullable(openSsh).map(OpenSsh::of).ifPresent(options::openSsh);
        Optional.ofNullable(bypasses).map(this::bypasses).ifPresent(options::bypasses);
        return options.build();
    }

    private NetworkAdapter networkAdapter() {
        return NetworkAdapter.of(networkCard)
                .orElseThrow(() ->
                        new ConfigurationException("Windows is not installed over a network card %s; take %s."
                                .formatted(
                                        networkCard,
                                        Arrays.stream(NetworkAdapter.values())
                                                .map(NetworkAdapter::model)
                                                .collect(Collectors.joining(", ")))));
    }

    private String publicKey() {
        Path file = Path.of(sshKey + ".pub");
        try {
            if (!Files.isReadable(sshKey)) {
                throw new ConfigurationException("The private key " + sshKey + " is not there or cannot be read.");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "The public key %s cannot be read; 'ssh-keygen -y -f %s > %s' makes it."
                            .formatted(file, sshKey, file),
                    e);
        }
    }

    private String password(String reference) {
        if (Secret.parse(reference) instanceof Secret.Password secret) {
            return secret.read();
        }
        throw new ConfigurationException(
                "--password takes env:NAME, file:PATH or command:WORDS; a key is given by" + " --ssh-key.");
    }

    private int memoryMebibytes() {
        return (int) Math.min(ByteSize.parse(memory).bytes() >> MEBIBYTE_BITS, Integer.MAX_VALUE);
    }

    private Set<LabConfigBypass> bypasses(List<String> ids) {
        if (ids.equals(List.of("none"))) {
            return Set.of();
        }
        Set<LabConfigBypass> wanted = EnumSet.noneOf(LabConfigBypass.class);
        for (String id : ids) {
            if (!id.isEmpty()) {
                wanted.add(LabConfigBypass.of(id)
                        .orElseThrow(() -> new ConfigurationException(
                                "There is no demand %s to bypass; there are tpm, secure-boot, ram, cpu, or none alone."
                                        .formatted(id))));
            }
        }
        return wanted;
    }

    private String plan(SetupOptions options) {
        return String.join(
                System.lineSeparator(),
                "Windows       " + options.edition().describe(),
                "disk          %s, blank, by %s"
                        .formatted(new ByteSize(diskSize().bytes()), options.firmware()),
                "network card  " + options.networkAdapter().model()
                        + options.networkAdapter().note(),
                "login         %s with key:%s".formatted(options.user(), sshKey.toAbsolutePath()),
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
                .memoryMebibytes(memoryMebibytes())
                .cpus(cpus)
                .networkCard(options.networkAdapter().model())
                .withoutGateway()
                .beforeFirstStart(this::makeBootable)
                .end(new InstallEnd.SystemPowerOff())
                .timeout(Duration.ofMinutes(timeout))
                .stuckAfter(Duration.ofMinutes(stuckAfter))
                .credentials(new Credentials(options.user(), new Secret.PrivateKey(sshKey.toAbsolutePath())));
        if (options.firmware() == Firmware.UEFI) {
            recipe.bootFile("\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
        }
        if (tpm) {
            QemuMachine.requireTpm();
            recipe.tpm();
        }
        return recipe;
    }

    /** Setup's own start from the disk is over iSCSI, too, and not every driver says that it can do that. */
    private void makeBootable(BlockDevice disk) {
        try {
            WindowsPreparation preparation = WindowsPreparation.plan(WindowsDisk.open(disk), FOR_FIRST_START);
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
            if (!check.bootsSomewhere()) {
                print("Windows is installed, as image %s; prepared, it would not boot, and no image %s was made of it."
                        .formatted(unprepared(), image));
                return false;
            }
            version.seal(image);
        } catch (SanbootException e) {
            throw new InfrastructureException(
                    "Windows is installed, as image %s, but could not be prepared for iSCSI: %s"
                            .formatted(unprepared(), e.getMessage()),
                    e);
        }
        print("%s is in the catalogue.".formatted(image));
        return true;
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
