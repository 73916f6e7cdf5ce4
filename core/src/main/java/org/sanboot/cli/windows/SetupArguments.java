package org.sanboot.cli.windows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Secret;
import org.sanboot.windows.setup.DriverFolder;
import org.sanboot.windows.setup.InstallationMedium;
import org.sanboot.windows.setup.LabConfigBypass;
import org.sanboot.windows.setup.NetworkAdapter;
import org.sanboot.windows.setup.OpenSsh;
import org.sanboot.windows.setup.SetupOptions;
import org.sanboot.windows.setup.WindowsEdition;
import picocli.CommandLine.Option;

/** What the options of {@code sanboot windows install} say about the Windows and the machine that it is installed in. */
final class SetupArguments {

    private static final int MEBIBYTE_BITS = 20;

    private static final String DEFAULT_TIME_ZONE = "UTC";

    @Option(
            names = "--edition",
            paramLabel = "NAME|NUMBER",
            description = "Which Windows of the medium; needed when it has several, and a wrong one lists them.")
    private @Nullable String edition;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "The product key, or 'none'. Evaluation and volume media need none; others would wait for one, and are refused without.")
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
                    "Demands of Windows 11 on the machine to pass over: tpm, secure-boot, ram, or none; all by default. Sanboot's machines start without Secure Boot, so that secure-boot must be among them. Two processors are always needed.")
    private @Nullable List<String> bypasses;

    @Option(names = "--tpm", description = "Gives the machine a TPM 2.0, by the package swtpm.")
    private boolean tpm;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Of the machine; ${DEFAULT-VALUE} by default.")
    private String memory = "4G";

    @Option(names = "--cpus", paramLabel = "N", description = "Of the machine; ${DEFAULT-VALUE} by default.")
    private int cpus = 2;

    /** Reads all options, and checks them against the medium. */
    SetupOptions options(InstallationMedium medium) {
        WindowsEdition chosen = medium.edition(edition);
        SetupOptions.Builder options = SetupOptions.of(chosen)
                .networkAdapter(networkAdapter())
                .timeZone(timeZone)
                .computerName(computerName)
                .machine(tpm, memoryMebibytes(), cpus)
                .sshKey(publicKey())
                .keyDemand(medium.keyDemand(chosen))
                .drivers(drivers.stream().map(DriverFolder::of).toList());
        Optional.ofNullable(firmware).ifPresent(options::firmware);
        Optional.ofNullable(key).or(medium::productKey).ifPresent(options::productKey);
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

    int memoryMebibytes() {
        return (int) Math.min(ByteSize.parse(memory).bytes() >> MEBIBYTE_BITS, Integer.MAX_VALUE);
    }

    private Set<LabConfigBypass> bypasses(List<String> ids) {
        if (ids.equals(List.of("none"))) {
            return Set.of();
        }
        Set<LabConfigBypass> wanted = EnumSet.noneOf(LabConfigBypass.class);
        for (String id : ids) {
            if (id.equals("cpu")) {
                throw new ConfigurationException(
                        "Windows' setup has no switch to pass over its demand for 2 processors; leave cpu out of --bypass, and give the machine 2 by --cpus.");
            }
            if (!id.isEmpty()) {
                wanted.add(LabConfigBypass.of(id)
                        .orElseThrow(() -> new ConfigurationException(
                                "There is no demand %s to bypass; there are tpm, secure-boot, ram, or none alone."
                                        .formatted(id))));
            }
        }
        return wanted;
    }

    Path sshKey() {
        return sshKey.toAbsolutePath();
    }

    boolean hasTpm() {
        return tpm;
    }

    int cpus() {
        return cpus;
    }

    /** Says what is to be known of the time in the machine. */
    Optional<String> timeZoneNote() {
        return timeZone.equals(hostsTimeZone()) || !timeZone.equals(DEFAULT_TIME_ZONE)
                ? Optional.empty()
                : Optional.of(
                        "note          the machine's clock has this host's local time (%s); --time-zone sets Windows' to match"
                                .formatted(hostsTimeZone()));
    }

    private static String hostsTimeZone() {
        ZoneId zone = ZoneId.systemDefault();
        return zone.getRules().getOffset(Instant.now()).equals(ZoneOffset.UTC) ? DEFAULT_TIME_ZONE : zone.getId();
    }
}
