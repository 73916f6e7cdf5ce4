package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.sanboot.ByteSize;
import org.sanboot.block.BlockDevice;
import org.sanboot.boot.Firmware;
import org.sanboot.cli.Main;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.process.Programs;
import org.sanboot.proof.Examination;
import org.sanboot.proof.ImageProof;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** A real installer, made of the small test guest, that installs itself and is booted from what it has installed. */
@Tag("boot")
class InstallerIT {

    private static final List<String> TOOLS = List.of(
            "mcopy", "xorriso", "grub-mkimage", "mkfs.vfat", "cpio", "tesseract", "/usr/lib/ISOLINUX/isolinux.bin");

    @TempDir
    private static Path media;

    private static final String INSTALLED = "installed";
    private static final String CANDIDATE = ImageProof.candidate(INSTALLED);

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

    @Test
    void a_cd_installs_by_bios_until_the_system_switches_itself_off_and_the_disk_boots_by_uefi() {
        GoldenImage image = install(fromDisc(Firmware.BIOS, new InstallEnd.SystemPowerOff()), CANDIDATE);

        assertThat(image.size()).isEqualTo(128 << 20);
        assertThat(stages())
                .containsSubsequence(
                        InstallStage.PREPARED,
                        InstallStage.POWERED_ON,
                        InstallStage.INSTALLER_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.INSTALLER_LOGIN,
                        InstallStage.FIRST_WRITE,
                        // By the firmware that it was installed by.
                        InstallStage.DISK_BOOT,
                        InstallStage.FIRMWARE_LOGIN,
                        InstallStage.SYSTEM_LOGIN,
                        InstallStage.COMPLETE,
                        InstallStage.POWERED_OFF,
                        InstallStage.SEALED);
        requireNoteByOther(Firmware.UEFI);
        assertThat(home.resolve("runs")).isEmptyDirectory();
        assertThat(home.resolve("installs")).doesNotExist();
    }

    @Test
    void a_cd_installs_by_uefi_until_the_system_takes_commands_and_the_disk_boots_by_bios() {
        install(fromDisc(Firmware.UEFI, new InstallEnd.SshReady()), CANDIDATE);

        assertThat(stages())
                .containsSubsequence(
                        InstallStage.INSTALLER_LOGIN,
                        InstallStage.FIRST_WRITE,
                        InstallStage.DISK_BOOT,
                        InstallStage.SYSTEM_LOGIN,
                        InstallStage.COMPLETE);
        // The guest switches itself off when it is first started, which is no end here: it is switched on again.
        assertThat(progress.stream()
                        .filter(event -> event.stage() == InstallStage.COMPLETE)
                        .map(InstallProgress::detail))
                .containsExactly("the installed system takes commands over ssh");
        requireNoteByOther(Firmware.BIOS);
    }

    private static InstallRecipe fromDisc(Firmware firmware, InstallEnd end) {
        return recipe(firmware).disc(media.resolve("installer.iso")).end(end).build();
    }

    private GoldenImage install(InstallRecipe recipe) {
        return install(recipe, INSTALLED);
    }

    private GoldenImage install(InstallRecipe recipe, String name) {
        return Installer.in(home).install(recipe, name, progress::add);
    }

    /** The installation has booted the disk by its own firmware. Proven by the other one, it gets its name. */
    private void requireNoteByOther(Firmware firmware) {
        List<String> told = new ArrayList<>();
        Examination linux = Examination.of(GuestFamily.LINUX);
        new ImageProof(new LabConfiguration(home, 1), told::add)
                .prove(
                        INSTALLED,
                        HostRequest.of(CANDIDATE).firmware(firmware).readyTimeout(Duration.ofMinutes(15)),
                        host -> {
                            assertThat(host.run("cat /root/note")).succeeded().hasOutput("installed by the installer");
                            return linux.examine(host);
                        });

        assertThat(told)
                .anyMatch(line -> line.startsWith("proof: boot disk        good  boot disk on iSCSI"))
                .anyMatch(line -> line.startsWith("proof: root             good"));
        assertThat(new ImageCatalogue(home).names()).containsExactly(INSTALLED);
    }

    /** The note that the installer left tells where it had its answers from; the disk says so without a boot. */
    @Test
    void a_kernel_fetches_its_answers_by_http_by_bios_until_it_restarts_the_machine() throws Exception {
        GoldenImage image = install(withAnswersByHttp(Firmware.BIOS, new InstallEnd.Restart()));

        assertThat(note(image)).startsWith("answered at http://10.0.2.2:");
        // The firmware may get as far as to its disk before the machine is off.
        assertThat(stages())
                .containsSubsequence(InstallStage.COMPLETE, InstallStage.POWERED_OFF, InstallStage.SEALED)
                .doesNotContain(InstallStage.SYSTEM_LOGIN);
    }

    @Test
    void a_kernel_fetches_its_answers_by_http_by_uefi_until_the_console_has_a_line() throws Exception {
        GoldenImage image = install(withAnswersByHttp(Firmware.UEFI, InstallEnd.consoleLine("^guest: first start")));

        assertThat(note(image)).startsWith("answered at http://10.0.2.2:");
        assertThat(stages()).contains(InstallStage.INSTALLER_LOGIN, InstallStage.SYSTEM_LOGIN);
        assertThat(firstSectors)
                .as("a boot sector, looked at once")
                .singleElement()
                .isEqualTo((short) 0xaa55);
        assertThat(progress).anySatisfy(event -> assertThat(event.picture()).endsWith(".png"));
    }

    private InstallRecipe withAnswersByHttp(Firmware firmware, InstallEnd end) {
        return withKernel(firmware, "answers=${answers}")
                .answers(AnswerPlace.HTTP, List.of(AnswerFile.of("note.txt", "answered at ${answers}\n")))
                .beforeFirstStart(disk -> firstSectors.add(firstSector(disk)))
                .end(end)
                .build();
    }

    /** Reads it from the second partition, which is a file system of its own. */
    private String note(GoldenImage image) throws IOException, InterruptedException {
        Path root = home.resolve("root.raw");
        try (FileChannel disk = FileChannel.open(image.disk());
                FileChannel file = FileChannel.open(root, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer table = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
            disk.read(table, 0);
            long start = 512L * table.getInt(446 + 16 + 8);
            disk.transferTo(start, 512L * table.getInt(446 + 16 + 12), file);
        }
        Process debugfs = new ProcessBuilder(
                        Programs.require("debugfs", "e2fsprogs", "read the guest's disk")
                                .toString(),
                        "-R",
                        "cat /root/note",
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String note = new String(debugfs.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(debugfs.waitFor()).isZero();
        return note;
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
