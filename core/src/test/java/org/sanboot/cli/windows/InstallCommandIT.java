package org.sanboot.cli.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallRecipe;
import org.sanboot.install.InstallStage;
import org.sanboot.lab.HostRequest;
import org.sanboot.windows.FileDisk;
import org.sanboot.windows.TargetMachine;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.WindowsImage.Table;
import org.sanboot.windows.setup.WindowsEdition;
import org.sanboot.windows.setup.WindowsMedium;
import picocli.CommandLine;

/** Everything up to the boot is real; in its place, a disk with an installed Windows turns up. */
@Tag("boot")
class InstallCommandIT {

    private static final int AMD64 = 9;

    @TempDir
    private Path directory;

    private final StringWriter output = new StringWriter();
    private final List<String> installed = new ArrayList<>();
    private List<TargetMachine> machines = TargetMachine.qemu();
    private @Nullable Path disk;
    private Path iso;
    private WindowsMedium medium;
    private HostRequest.Builder machine;
    private @Nullable String failure;

    @BeforeEach
    void makeMediumAndKey() throws Exception {
        medium = WindowsMedium.in(directory)
                .edition(edition(1, "Windows 11 Home", "Core"))
                .edition(edition(2, "Windows 11 Pro", "Professional"));
        iso = medium.iso();
        WindowsMedium.openSsh(directory);
        Files.writeString(directory.resolve("id"), "a private key");
        Files.writeString(
                directory.resolve("id.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl tests\n");
    }

    private static WindowsEdition edition(int index, String name, String id) {
        return new WindowsEdition(index, name, name, id, false, AMD64, 10, 0, 26100, List.of("en-US"), "en-US");
    }

    @Test
    void a_dry_run_shows_the_plan_and_writes_what_would_be_used() {
        Path folder = directory.resolve("look");

        assertThat(run("--edition", "Windows 11 Pro", "--dry-run", folder, "--bypass", "tpm,secure-boot,ram"))
                .isZero();

        assertThat(output.toString())
                .contains("Windows       Windows 11 Pro (Professional, build 26100, en-US)")
                .contains("disk          64.0 GiB, blank, by UEFI")
                .contains("network card  e1000")
                .contains("login         tester with key:" + directory.resolve("id"))
                .contains("Nothing was installed.");
        assertThat(folder.resolve("setup.iso")).isRegularFile();
        assertThat(folder.resolve("disc/sanboot/unattend.xml"))
                .content()
                .contains("BypassTPMCheck", "BypassRAMCheck", "<Value>2</Value>")
                .doesNotContain("BypassCPUCheck");
        assertThat(installed).isEmpty();
    }

    @Test
    void what_was_installed_is_prepared_and_checked() {
        disk = WindowsImage.in(directory).windows10().disk(Table.GPT);

        assertThat(run("--edition", "2")).isZero();

        assertThat(installed).containsExactly("win11-installed");
        assertThat(output.toString())
                .contains("     1.5 s  boot 1  installer boots")
                .contains("before Windows' first start: ControlSet001\\Services\\netkvm\\Start: 3 -> 0")
                // Its first start is over iSCSI, too: whatever is prepared by default is prepared then.
                .containsPattern("before Windows' first start: .*PagingFiles")
                .containsPattern("before Windows' first start: .*Psched.Start")
                .contains("Windows 11 Pro")
                .contains("Booting a clone of it over iSCSI, before it becomes image win11", "proof: win11")
                .endsWith("win11 is in the catalogue.\n");
        assertThat(directory.resolve("win11-installed")).isRegularFile();
        assertThat(directory.resolve("win11")).isRegularFile();
        assertThat(directory.resolve("win11-unproven")).doesNotExist();
        assertThat(machine.build())
                .returns(4096, HostRequest::memoryMebibytes)
                .returns(2, HostRequest::cpus)
                .returns(Duration.ofMinutes(360), HostRequest::readyTimeout);
    }

    @Test
    void what_does_not_boot_is_no_image() {
        disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        failure = "it stops with 0x7B";

        assertThat(run("--edition", "2")).isEqualTo(1);

        assertThat(output.toString()).endsWith("it stops with 0x7B\n");
        assertThat(directory.resolve("win11-unproven")).isRegularFile();
        assertThat(directory.resolve("win11")).doesNotExist();
    }

    @Test
    void nothing_is_booted_when_that_is_not_wanted() {
        disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        failure = "it was booted";

        assertThat(run("--edition", "2", "--no-proof")).isZero();

        assertThat(directory.resolve("win11")).isRegularFile();
    }

    @Test
    void a_medium_that_asks_for_a_key_is_refused_without_one_before_hours_are_spent() {
        assertThat(failure("--edition", "2", "--key", ""))
                .contains(
                        "The setup of Windows 11 Pro asks for a product key and would wait for it: Professional without"
                                + " sources/ei.cfg is of the retail channel; give one by --key");
        assertThat(run("--edition", "2", "--key", "none", "--dry-run", directory.resolve("dry")))
                .isZero();
        assertThat(directory.resolve("dry/disc/sanboot/unattend.xml")).content().doesNotContainPattern("<Key>\\w{5}-");
        assertThat(installed).isEmpty();
    }

    @Test
    void a_medium_brings_its_own_key_and_says_whether_one_is_asked_for() throws Exception {
        Files.delete(iso);
        medium.file("sources/PID.txt", "[PID]\r\nValue=VK7JG-NPHTM-C97JM-9MPGT-3V66T\r\n")
                .iso();
        Path folder = directory.resolve("dry");

        assertThat(run("--edition", "2", "--key", "", "--dry-run", folder)).isZero();
        assertThat(folder.resolve("disc/sanboot/unattend.xml"))
                .content()
                .contains("<Key>VK7JG-NPHTM-C97JM-9MPGT-3V66T</Key>");

        medium.without("sources/PID.txt")
                .file("sources/ei.cfg", "[Channel]\r\nVolume\r\n[VL]\r\n1\r\n")
                .iso();
        assertThat(run("--edition", "2", "--key", "", "--dry-run", directory.resolve("volume")))
                .isZero();
    }

    @Test
    void a_medium_without_setup_s_program_is_refused_at_a_dry_run() {
        medium.without("sources/setup.exe").iso();

        assertThat(failure("--edition", "2", "--dry-run", directory.resolve("dry")))
                .contains("windows.iso is no installation medium of Windows: it has no sources/setup.exe.");
    }

    @Test
    void an_installation_that_cannot_be_prepared_is_kept() throws Exception {
        disk = Files.write(directory.resolve("blank"), new byte[1 << 20]);

        assertThat(run("--edition", "2")).isEqualTo(1);

        assertThat(output.toString())
                .contains(
                        "before Windows' first start its disk could not be made ready for iSCSI: There is no Windows on this disk")
                .contains(
                        "Windows is installed, as image win11-installed, but could not be prepared for iSCSI: There is"
                                + " no Windows on this disk");
        assertThat(directory.resolve("win11")).doesNotExist();
    }

    @Test
    void what_would_not_boot_is_kept_as_it_was_installed_and_made_no_image() {
        disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        machines = List.of(TargetMachine.qemu("pc", "rtl8139", 2));

        assertThat(run("--edition", "2")).isEqualTo(1);

        assertThat(output.toString())
                .contains("pc: will stop with 0x7B")
                .endsWith("Windows is installed, as image win11-installed; prepared, it would not boot, and no image"
                        + " win11 was made of it.\n");
        assertThat(directory.resolve("win11-installed")).isRegularFile();
        assertThat(directory.resolve("win11")).doesNotExist();
        assertThat(directory.resolve("win11-installed.working")).doesNotExist();
    }

    @Test
    void names_that_are_taken_are_refused_before_anything_is_made() throws Exception {
        Files.writeString(directory.resolve("win11"), "an image");

        assertThat(run("--edition", "2")).isEqualTo(1);

        assertThat(output.toString()).contains("There is an image win11 already.");
        assertThat(installed).isEmpty();
    }

    @Test
    void clear_mistakes_are_sentences() {
        assertThat(failure("--edition", "Enterprise")).contains("There is no edition Enterprise", " 2  Windows 11 Pro");
        assertThat(failure()).contains("Which edition is to be installed is not said");
        assertThat(failure("--edition", "2", "--network-card", "ne2k"))
                .contains(
                        "Windows is not installed over a network card ne2k; take e1000, e1000e, virtio-net-pci, rtl8139.");
        assertThat(failure("--edition", "2", "--network-card", "virtio-net-pci"))
                .contains("has no driver for the network card virtio-net-pci");
        assertThat(failure("--edition", "2", "--key", "12345")).contains("The product key is malformed");
        assertThat(failure("--edition", "2", "--bypass", "secure-boot,tpm,cpu"))
                .contains("Windows' setup has no switch to pass over its demand for 2 processors");
        assertThat(failure("--edition", "2", "--bypass", "everything")).contains("There is no demand everything");
        assertThat(failure("--edition", "2", "--disk", "8G")).contains("A disk of 8.0 GiB is too small for Windows");
        assertThat(failure("--edition", "2", "--time-zone", "CET")).contains("Windows knows no time zone CET");
        assertThat(failure("--edition", "2", "--password", "secret")).contains("A secret is referred to, not given");
        assertThat(failure("--edition", "2", "--drivers", directory.resolve("none")))
                .contains("no folder with drivers");
        assertThat(failure("--edition", "2", "--openssh", directory.resolve("id")))
                .contains("no release of Win32-OpenSSH");
        assertThat(failure("--edition", "2", "--bypass", "none")).contains("demands Secure Boot", "demands a TPM 2.0");
        assertThat(failure("--edition", "2", "--bypass", "none,tpm")).contains("There is no demand none");
        assertThat(failure("--edition", "2", "--bypass", "secure-boot,tpm", "--memory", "2G"))
                .contains("demands 4 GiB of memory, and the machine has 2048 MiB");
        assertThat(failure("--edition", "2", "--memory", "1k")).contains("The memory (0 MiB) must be between");
        assertThat(failure("--edition", "2", "--cpus", "65", "--dry-run", directory.resolve("dry")))
                .contains("The number of processors (65) must be between 1 and 64.");
        assertThat(failure("--edition", "2", "--stuck-after", "0")).contains("must be more than zero");
        assertThat(failure("--edition", "2", "--image", "my win")).contains("\"my win\" is no name for an image");
        assertThat(failure("--edition", "2", "--image", "w".repeat(54)))
                .contains("The image's name may have 53 characters here");
        assertThat(failure("--edition", "2", "--ssh-key", directory.resolve("id.pub")))
                .contains("cannot be read");
        assertThat(installed).isEmpty();
    }

    @Test
    void help_says_what_results() {
        run("--help");

        assertThat(output.toString()).contains("Two images result: NAME-installed", "--dry-run=DIR");
    }

    @Test
    void advice_goes_by_how_far_it_came() {
        SetupWatch watch = new SetupWatch(line -> {});
        assertThat(watch.advice()).contains("never came to the disc");
        reach(watch, InstallStage.INSTALLER_BOOT);
        assertThat(watch.advice()).contains("network card's driver");
        reach(watch, InstallStage.INSTALLER_LOGIN);
        assertThat(watch.advice()).contains("product key");
        reach(watch, InstallStage.FIRST_WRITE);
        assertThat(watch.advice()).contains("0x7B");
        reach(watch, InstallStage.SYSTEM_LOGIN);
        assertThat(watch.advice()).contains("first start");
    }

    private static void reach(SetupWatch watch, InstallStage stage) {
        watch.accept(new InstallProgress(stage, 1, Duration.ofMillis(1500), "", ""));
    }

    private String failure(Object... arguments) {
        output.getBuffer().setLength(0);
        assertThat(run(arguments)).isEqualTo(1);
        return output.toString();
    }

    private int run(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("install", "--iso", iso.toString()));
        List<Object> given = List.of(arguments);
        if (!given.contains("--image")) {
            words.addAll(List.of("--image", "win11"));
        }
        if (!given.contains("--ssh-key")) {
            words.addAll(List.of("--ssh-key", directory.resolve("id").toString()));
        }
        if (!given.contains("--key")) {
            words.addAll(List.of("--key", "W269N-WFGWX-YVC9B-4J6C9-T83GX"));
        } else if (given.contains("")) {
            given = given.stream()
                    .filter(word -> !word.equals("") && !word.equals("--key"))
                    .toList();
        }
        if (!given.contains("--openssh")) {
            words.addAll(
                    List.of("--openssh", directory.resolve("OpenSSH-Win64.zip").toString()));
        }
        given.forEach(argument -> words.add(argument.toString()));
        PrintWriter writer = new PrintWriter(output, true);
        FileImages images = new FileImages(directory) {
            @Override
            public List<TargetMachine> machines(String image) {
                return machines;
            }

            @Override
            public void install(
                    InstallRecipe recipe, String name, boolean keepRecords, Consumer<InstallProgress> progress) {
                installed.add(name);
                progress.accept(new InstallProgress(InstallStage.INSTALLER_BOOT, 1, Duration.ofMillis(1500), "", ""));
                try {
                    Path image = Files.copy(disk, directory.resolve(name));
                    try (FileDisk device = new FileDisk(image)) {
                        recipe.beforeFirstStart().orElseThrow().accept(device);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void examine(String name, UnaryOperator<HostRequest.Builder> chosen, Consumer<String> tell) {
                if (failure != null) {
                    throw new InfrastructureException(failure);
                }
                machine = chosen.apply(HostRequest.of(name));
                super.examine(name, chosen, tell);
            }
        };
        CommandLine command = WindowsCommand.commandLine(images, images, images)
                .setOut(writer)
                .setErr(writer);
        command.setExecutionExceptionHandler((error, line, parsed) -> {
            writer.println(error instanceof SanbootException ? error.getMessage() : error.toString());
            return 1;
        });
        return command.execute(words.toArray(String[]::new));
    }
}
