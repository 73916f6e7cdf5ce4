package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GuestFamily;

class InstallRecipeTest {

    private static final String WHOLE = """
            install: linux
            parameters:
              mirror:
              proxy: ""
            machine: {firmware: uefi, bootable: [bios, uefi], memory: 2G, cpus: 2, disk: 8G, nic: e1000, gateway: none, tpm: yes}
            boot:
              kernel: linux
              initrds: [initrd.gz]
              arguments: url=${answers}/preseed.cfg mirror=${mirror} ---
            media: {discs: second.iso}
            answers:
              place: http
              files:
                preseed.cfg: preseed.cfg
                late.sh: |
                  echo ${mirror} ${HOME}
                  exit 0
            login: {user: root, secret: env:ROOT_PASSWORD}
            end: console
            consoleLine: "login:$"
            stuckAfter: 5m
            timeout: 90m
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.writeString(directory.resolve("linux"), "kernel");
        Files.writeString(directory.resolve("initrd.gz"), "initrd");
        Files.writeString(directory.resolve("second.iso"), "iso");
        Files.writeString(directory.resolve("preseed.cfg"), "d-i mirror string ${mirror}${proxy} ${answers}/late.sh\n");
    }

    private InstallRecipe read(String yaml, Map<String, String> parameters) throws IOException {
        return InstallRecipe.read(Files.writeString(directory.resolve("install.yaml"), yaml), parameters);
    }

    @Test
    void a_recipe_says_all_of_it() throws IOException {
        InstallRecipe recipe = read(WHOLE, Map.of("mirror", "mirror.example"));

        assertThat(recipe.family()).isEqualTo(GuestFamily.LINUX);
        assertThat(recipe.firmware()).isEqualTo(Firmware.UEFI);
        assertThat(recipe.bootableBy()).containsExactlyInAnyOrder(Firmware.values());
        assertThat(recipe.memoryMebibytes()).isEqualTo(2048);
        assertThat(recipe.cpus()).isEqualTo(2);
        assertThat(recipe.diskSize()).isEqualTo(8L << 30);
        assertThat(recipe.networkCard()).isEqualTo("e1000");
        assertThat(recipe.hasGateway()).isFalse();
        assertThat(recipe.hasTpm()).isTrue();
        assertThat(recipe.kernel().orElseThrow().arguments())
                .isEqualTo("url=${answers}/preseed.cfg mirror=mirror.example ---");
        assertThat(recipe.discs()).containsExactly(directory.resolve("second.iso"));
        assertThat(recipe.answers()).extracting(AnswerFile::name).containsExactly("preseed.cfg", "late.sh");
        assertThat(new String(recipe.answers().get(0).content()))
                .isEqualTo("d-i mirror string mirror.example ${answers}/late.sh\n");
        assertThat(new String(recipe.answers().get(1).content())).isEqualTo("echo mirror.example ${HOME}\nexit 0\n");
        assertThat(recipe.credentials().orElseThrow().user()).isEqualTo("root");
        assertThat(recipe.end()).isInstanceOf(InstallEnd.ConsoleLine.class);
        assertThat(recipe.stuckAfter()).isEqualTo(Duration.ofMinutes(5));
        assertThat(recipe.timeout()).isEqualTo(Duration.ofMinutes(90));
    }

    @Test
    void the_defaults_are_bios_one_processor_and_the_end_by_power_off() throws IOException {
        InstallRecipe recipe = read("install: other\nmachine: {disk: 1M}\nmedia: {discs: second.iso}\n", Map.of());

        assertThat(recipe.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(recipe.bootableBy()).containsExactly(Firmware.BIOS);
        assertThat(recipe.cpus()).isEqualTo(1);
        assertThat(recipe.end()).isEqualTo(new InstallEnd.PowerOff());
        assertThat(recipe.hasGateway()).isTrue();
        assertThat(recipe.hasTpm()).isFalse();
    }

    @Test
    void all_mistakes_are_reported_together_with_their_lines() {
        assertThatThrownBy(() -> read("""
                        install: beos
                        parameters:
                          mirror:
                        machine:
                          disk: much
                          cpus: 0
                          colour: red
                        media:
                          discs: [missing.iso]
                        answers:
                          files:
                            a b: |
                              one
                              two
                        boot:
                          kernel: linux
                          arguments: ${nothing}
                        end: console
                        """, Map.of("mirrors", "x")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("line 1: 'install' of the recipe: 'beos' is none of linux, windows, other.")
                .hasMessageContaining("the recipe has no parameter 'mirrors'; it knows mirror")
                .hasMessageContaining("the parameter 'mirror' has no default and was not given: --set mirror=VALUE")
                .hasMessageContaining("line 5: 'disk' of 'machine' of the recipe: 'much' is not a size")
                .hasMessageContaining("line 6: 'cpus'")
                .hasMessageContaining("line 7: 'machine' of the recipe has no 'colour'")
                .hasMessageContaining("missing.iso does not exist or is not readable")
                .hasMessageContaining("The answer file's name 'a b' must consist of")
                .hasMessageContaining("${nothing} is no parameter of the recipe")
                .hasMessageContaining("the recipe has no 'consoleLine'");
    }

    @Test
    void a_mistake_in_a_duration_does_not_hide_the_others() {
        assertThatThrownBy(() -> read("""
                        install: linux
                        machine:
                          disk: 1G
                          memory: 1M
                        stuckAfter: 0s
                        colour: red
                        """, Map.of()))
                .hasMessageContaining("line 4: 'memory': The memory (1 MiB) must be between 64 MiB and 1 TiB.")
                .hasMessageContaining(
                        "line 5: 'stuckAfter': The time without a sign of life (PT0S) must be more than zero.")
                .hasMessageContaining("line 6: the recipe has no 'colour'");
    }

    @Test
    void what_would_be_ignored_is_a_mistake() {
        assertThatThrownBy(() -> read("""
                        install: linux
                        machine: {disk: 1G}
                        media:
                          discs: [second.iso]
                        boot:
                          arguments: quiet
                        answers:
                          place: floppy
                        """, Map.of()))
                .hasMessageContaining("'initrds' and 'arguments' of 'boot' go with a 'kernel' only")
                .hasMessageContaining("'answers' has no 'files'");
        assertThatThrownBy(() -> read("""
                        install: linux
                        machine: {disk: 1G, bootFile: /EFI/x.efi}
                        media:
                          discs: [second.iso]
                        """, Map.of()))
                .hasMessageContaining("install.yaml: A boot file (/EFI/x.efi) is for UEFI");
        assertThatThrownBy(() -> read("""
                        install: linux
                        machine: {disk: 1G}
                        media:
                          discs: [second.iso]
                          floppy: second.iso
                        answers:
                          place: floppy
                          files:
                            ks.cfg: |
                              one
                              two
                        """, Map.of())).hasMessageContaining("The machine has one floppy drive");
    }

    @Test
    void parameters_stand_as_utf_8_in_an_answer_file_of_any_bytes() throws IOException {
        byte[] before = "Gr\u00f6\u00dfe ${name}".getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(before, before.length + 1);
        all[before.length] = (byte) 0xff;
        Files.write(directory.resolve("binary"), all);

        InstallRecipe recipe = read("""
                install: linux
                parameters:
                  name:
                machine: {disk: 1G}
                media:
                  discs: [second.iso]
                answers:
                  files:
                    ks.cfg: binary
                """, Map.of("name", "M\u00fcller \u65e5"));

        byte[] expected = "Gr\u00f6\u00dfe M\u00fcller \u65e5".getBytes(StandardCharsets.UTF_8);
        assertThat(recipe.answers().get(0).content())
                .startsWith(expected)
                .hasSize(expected.length + 1)
                .endsWith((byte) 0xff);
    }

    @Test
    void a_recipe_of_the_other_kind_is_told_apart() {
        assertThatThrownBy(() -> read("image: debian\nscripts: []\n", Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is no recipe of an installation")
                .hasMessageContaining("sanboot image build");
    }

    @Test
    void a_disk_without_room_is_a_mistake_of_its_line() {
        assertThatThrownBy(() -> read("install: linux\nmachine:\n  disk: 512K\n", Map.of()))
                .hasMessageContaining(
                        "line 3: 'disk' of 'machine' of the recipe: The disk (512.0 KiB) must have at least 1.0 MiB.");
    }

    @Test
    void there_must_be_something_to_install_from() {
        assertThatThrownBy(() -> read("install: linux\nmachine: {disk: 1G}\n", Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("nothing to install from");
    }

    @Test
    void a_disk_is_rounded_up_to_whole_mebibytes() {
        InstallRecipe recipe = InstallRecipe.builder(GuestFamily.OTHER, new ByteSize((1 << 20) + 1))
                .disc(directory.resolve("second.iso"))
                .build();

        assertThat(recipe.diskSize()).isEqualTo(2 << 20);
    }
}
