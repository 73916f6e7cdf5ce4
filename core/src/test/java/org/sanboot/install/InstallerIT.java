package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.ByteSize;
import org.sanboot.block.BlockDevice;
import org.sanboot.boot.Firmware;
import org.sanboot.cli.Main;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** A real installer, made of the small test guest, that installs itself and is booted from what it has installed. */
@Tag("boot")
class InstallerIT {

    private static final List<String> TOOLS = List.of(
            "mcopy", "xorriso", "grub-mkimage", "mkfs.vfat", "cpio", "tesseract", "/usr/lib/ISOLINUX/isolinux.bin");

    @TempDir
    private static Path media;

    private static GoldenImage tiny;

    @TempDir
    private Path home;

    private final List<InstallProgress> progress = new ArrayList<>();
    private final List<Short> firstSectors = new ArrayList<>();

    @BeforeAll
    static void makeInstaller() throws IOException, InterruptedException {
        tiny = TestHome.tinyGuest();
        for (String tool : TOOLS) {
            TestHome.require(
                    isInstalled(tool), tool + " is missing; examples/guests/install-packages.sh --tests installs it.");
        }
        Path script = Path.of(Objects.requireNonNull(InstallerIT.class.getResource("build-installer-iso.sh"))
                .getPath());
        Path log = media.resolve("build.log");
        int status = new ProcessBuilder("bash", script.toString(), tiny.disk().toString(), media.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(status).as(Files.readString(log)).isZero();
    }

    private static boolean isInstalled(String tool) {
        return tool.startsWith("/")
                ? Files.exists(Path.of(tool))
                : Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
    }

    /** The signature at its end. */
    private static short firstSector(BlockDevice disk) {
        ByteBuffer sector = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        disk.read(0, sector);
        return sector.getShort(510);
    }

    private static InstallRecipe.Builder recipe(Firmware firmware) {
        return InstallRecipe.builder(GuestFamily.LINUX, ByteSize.parse("128M"))
                .firmware(firmware)
                .bootableBy(EnumSet.allOf(Firmware.class))
                .memoryMebibytes(512)
                .credentials(Objects.requireNonNull(tiny.credentials()))
                .timeout(Duration.ofMinutes(45));
    }

    private static InstallRecipe.Builder withKernel(Firmware firmware, String arguments) {
        return recipe(firmware)
                .kernel(
                        media.resolve("vmlinuz"),
                        List.of(media.resolve("initrd.img")),
                        "console=ttyS0,115200 quiet panic=5 mitigations=off no_timer_check " + arguments);
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void a_cd_installs_onto_the_disk_and_the_disk_boots_by_either_firmware(Firmware firmware) {
        InstallRecipe recipe = recipe(firmware)
                .disc(media.resolve("installer.iso"))
                .end(new InstallEnd.SystemPowerOff())
                .build();

        GoldenImage image = Installer.in(home).install(recipe, "installed", progress::add);

        assertThat(image.size()).isEqualTo(128 << 20);
        assertThat(stages())
                .containsSubsequence(
                        InstallStage.PREPARED,
                        InstallStage.POWERED_ON,
                        InstallStage.INSTALLER_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.INSTALLER_LOGIN,
                        InstallStage.FIRST_WRITE,
                        InstallStage.DISK_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.SYSTEM_LOGIN,
                        InstallStage.COMPLETE,
                        InstallStage.POWERED_OFF,
                        InstallStage.SEALED);
        try (Lab lab = Lab.open(new LabConfiguration(home, 1))) {
            for (Firmware each : Firmware.values()) {
                var stay = lab.boot(HostRequest.of("installed")
                        .name("installed")
                        .firmware(each)
                        .readyTimeout(Duration.ofMinutes(15))
                        .build());
                BootedHost host = stay.host();
                assertThat(host.run("cat /root/note")).succeeded().hasOutput("installed by the installer");
                stay.discard();
            }
        }
        assertThat(home.resolve("runs")).isEmptyDirectory();
        assertThat(home.resolve("installs")).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void a_kernel_fetches_its_answers_by_http(Firmware firmware) {
        InstallRecipe recipe = withKernel(firmware, "answers=${answers}")
                .answers(AnswerPlace.HTTP, List.of(AnswerFile.of("note.txt", "answered at ${answers}\n")))
                .beforeFirstStart(disk -> firstSectors.add(firstSector(disk)))
                .end(InstallEnd.consoleLine("^guest: first start"))
                .build();

        Installer.in(home).install(recipe, "installed", progress::add);

        assertThat(stages()).contains(InstallStage.INSTALLER_LOGIN, InstallStage.SYSTEM_LOGIN);
        assertThat(firstSectors)
                .as("a boot sector, looked at once")
                .singleElement()
                .isEqualTo((short) 0xaa55);
        assertThat(progress).anySatisfy(event -> assertThat(event.picture()).endsWith(".png"));
        try (Lab lab = Lab.open(new LabConfiguration(home, 1))) {
            BootedHost host = lab.boot(HostRequest.of("installed")
                            .name("installed")
                            .firmware(firmware)
                            .readyTimeout(Duration.ofMinutes(15))
                            .build())
                    .host();
            assertThat(host.run("cat /root/note").stdout()).startsWith("answered at http://10.0.2.2:");
        }
    }

    @Test
    void the_end_may_be_the_restart_or_the_first_command_over_ssh() {
        Installer.in(home)
                .install(
                        withKernel(Firmware.BIOS, "")
                                .end(new InstallEnd.Restart())
                                .build(),
                        "restarted",
                        progress::add);
        assertThat(stages()).endsWith(InstallStage.COMPLETE, InstallStage.POWERED_OFF, InstallStage.SEALED);
        progress.clear();

        Installer.in(home)
                .install(
                        withKernel(Firmware.BIOS, "")
                                .end(new InstallEnd.SshReady())
                                .build(),
                        "ready",
                        progress::add);

        // The guest switches itself off when it is first started, which is no end here: it is switched on again.
        assertThat(progress.stream()
                        .filter(event -> event.stage() == InstallStage.COMPLETE)
                        .map(InstallProgress::detail))
                .containsExactly("the installed system takes commands over ssh");
    }

    @Test
    void an_installer_that_stands_still_is_recognised_and_what_it_showed_is_kept() {
        InstallRecipe recipe = withKernel(Firmware.BIOS, "hang")
                .stuckAfter(Duration.ofSeconds(60))
                .build();

        InstallFailedException failure = catchThrowableOfType(
                InstallFailedException.class, () -> Installer.in(home).install(recipe, "stuck", progress::add));

        assertThat(failure)
                .hasMessageContaining("it is stuck: for 60 s nothing was written to the disk")
                .hasMessageContaining("The last stage was 'installer login' (boot 1")
                .hasMessageContaining("installer: hangs")
                .message()
                .containsPattern("the last picture of the screen is screens/\\d+.png, and reads:\n    \\S");
        assertThat(failure.directory().resolve("disk.qcow2")).isNotEmptyFile();
        assertThat(failure.directory().resolve("console.log")).content().contains("installer: hangs");
        assertThat(failure.directory().resolve("screens")).isDirectoryContaining("glob:**.png");
        assertThat(failure.directory().resolve("stages.txt")).content().contains("installer login");
        assertThat(home.resolve("images"))
                .satisfiesAnyOf(
                        images -> assertThat(images).doesNotExist(),
                        images -> assertThat(images).isEmptyDirectory());
    }

    @Test
    void an_installer_s_own_word_that_it_cannot_go_on_ends_it_at_once() {
        InstallRecipe recipe = withKernel(Firmware.BIOS, "trouble").build();

        assertThatExceptionOfType(InstallFailedException.class)
                .isThrownBy(() -> Installer.in(home).install(recipe, "troubled", progress::add))
                .withMessageContaining("it cannot go on: the answers are for another disk. The last stage was");
    }

    @Test
    void an_interrupted_installation_says_so_and_leaves_nothing() throws Exception {
        Path recipe = Files.writeString(media.resolve("interrupted.yaml"), """
                install: linux
                machine: {disk: 128M, memory: 512M}
                boot:
                  kernel: vmlinuz
                  initrds: [initrd.img]
                  arguments: console=ttyS0,115200 quiet hang
                """);
        try (ChildJvm child =
                ChildJvm.start(home, Main.class, "image", "install", recipe.toString(), "--name", "interrupted")) {
            child.awaitLine(line -> line.contains("installer login"), 300);
            // Of the process itself, it would close what it prints to.
            child.process().toHandle().destroy();

            child.awaitLine("sanboot: The installation was interrupted; nothing of it is kept."::equals, 60);
            assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(home.resolve("runs")).isEmptyDirectory();
        assertThat(home.resolve("installs")).doesNotExist();
    }

    private List<InstallStage> stages() {
        return progress.stream().map(InstallProgress::stage).toList();
    }
}
