package org.sanboot.cli.windows;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BlockDevice;
import org.sanboot.lab.HostRequest;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.WindowsImage.Table;
import picocli.CommandLine;

@Tag("boot")
class WindowsCommandIT {

    @TempDir
    private Path directory;

    private final StringWriter output = new StringWriter();

    @Test
    void check_tells_people_what_stops_the_boot_and_what_to_do() {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.MBR);

        assertThat(run("check", disk)).isEqualTo(1);
        assertThat(output.toString()).isEqualToIgnoringNewLines(golden("check-windows7.txt"));
    }

    @Test
    void check_tells_programs_the_same() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);

        assertThat(run("check", "--json", disk)).isEqualTo(1);

        JsonNode installation = new ObjectMapper().readTree(output.toString()).at("/installations/0");
        assertThat(installation.at("/version/product").asText()).isEqualTo("Windows 11 Pro");
        assertThat(installation.at("/networkCards/0/service/bootLoadable").asBoolean())
                .isFalse();
        assertThat(installation.at("/networkCards/0/filters")).hasSize(3);
        assertThat(installation.at("/settings/fastStartup").asBoolean()).isTrue();
        assertThat(installation.at("/examined"))
                .hasSize(8)
                .allMatch(one -> one.get("outcome").asText().equals("SOUND"));
        assertThat(installation.at("/machines/0/examined"))
                .extracting(one ->
                        one.get("subject").asText() + " " + one.get("outcome").asText())
                .containsExactly(
                        "NETWORK_CARD SOUND",
                        "CARD_ENABLED SOUND",
                        "CARD_DRIVER FAULTY",
                        "FILTERS FAULTY",
                        "FILTERS SOUND",
                        "MEMORY_INTEGRITY SOUND");
        assertThat(installation.at("/machines/0/verdict").asText()).isEqualTo("STOPS");
        assertThat(installation.at("/machines/0/findings/0/setting").asText())
                .isEqualTo("ControlSet001\\Services\\netkvm: Start 3, not loaded at boot");
    }

    @Test
    void check_for_one_machine_type_judges_by_nothing_else() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        run("prepare", disk);
        output.getBuffer().setLength(0);

        assertThat(run("check", "--machine", "rtl8139", disk + "@2")).isEqualTo(1);
        assertThat(output.toString())
                .contains("rtl8139: will stop with 0x7B")
                .doesNotContain(": boots", "Adapter at", "Connection at");
        output.getBuffer().setLength(0);
        assertThat(run("check", "--json", "--machine", "rtl8139", disk + "@2")).isEqualTo(1);
        JsonNode installation = new ObjectMapper().readTree(output.toString()).at("/installations/0");
        assertThat(installation.at("/machines")).hasSize(1);
        assertThat(installation.at("/ownCards")).isEmpty();
        assertThat(run("check", "--machine", "virtio-net-pci", disk + "@2")).isZero();
    }

    @Test
    void prepare_seals_a_new_version_once_and_leaves_the_old_one_alone() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        byte[] before = Files.readAllBytes(disk);

        assertThat(run("prepare", disk, "--without", "no-page-file", "--with=msiscsi-automatic"))
                .isZero();
        assertThat(output.toString()).isEqualToIgnoringNewLines(golden("prepare-windows10.txt"));
        assertThat(Files.readAllBytes(disk)).isEqualTo(before);
        assertThat(run("check", "--machine", "virtio-net-pci", disk + "@2")).isZero();
        assertThat(run("prepare", disk + "@2", "--without", "no-page-file", "--with=msiscsi-automatic"))
                .isZero();
        assertThat(output.toString()).endsWith("Nothing is left to do.\n");
        assertThat(Path.of(disk + "@2@2")).doesNotExist();
    }

    @Test
    void whoever_is_overtaken_gets_the_version_that_the_other_one_made() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.GPT);
        FileImages overtaken = new FileImages(directory) {
            @Override
            public NewVersion derive(String image) {
                NewVersion mine = super.derive(image);
                return new NewVersion() {
                    @Override
                    public BlockDevice device() {
                        return mine.device();
                    }

                    @Override
                    public String name() {
                        return mine.name();
                    }

                    @Override
                    public Optional<String> seal() {
                        mine.seal(); // Stands for the other one's.
                        return Optional.empty();
                    }

                    @Override
                    public void seal(String name) {
                        mine.seal(name);
                    }

                    @Override
                    public void close() {
                        mine.close();
                    }
                };
            }
        };

        assertThat(run(overtaken, "prepare", disk)).isZero();
        assertThat(output.toString()).endsWith("@2 was prepared so before; no other was made.\n");
    }

    @Test
    void what_was_prepared_is_booted_before_it_has_its_name_when_that_is_wanted() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);

        assertThat(run("prepare", "--boot", disk)).isZero();
        assertThat(output.toString())
                .contains("[sanboot] proof: " + disk + "@2\n")
                .endsWith("Sealed as %s@2; the version before it is as it was.\n".formatted(disk));
        assertThat(Path.of(disk + "@2")).isRegularFile();
        assertThat(Path.of(disk + "@2-unproven")).doesNotExist();
        output.getBuffer().setLength(0);

        assertThat(run("prepare", "--boot", disk)).isZero();
        assertThat(output.toString()).contains("[sanboot] proof: ").contains("was prepared so before");
    }

    @Test
    void what_does_not_boot_gets_no_name() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        FileImages broken = new FileImages(directory) {
            @Override
            public void examine(String image, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell) {
                throw new InfrastructureException("it stops with 0x7B");
            }
        };

        assertThat(run(broken, "prepare", "--boot", disk)).isEqualTo(1);
        assertThat(output.toString()).contains("it stops with 0x7B");
        assertThat(Path.of(disk + "@2")).doesNotExist();
        assertThat(Path.of(disk + "@2-unproven")).isRegularFile();
    }

    @Test
    void a_dry_run_makes_no_version() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.GPT);

        assertThat(run("prepare", "--dry-run", "--json", disk)).isZero();

        assertThat(new ObjectMapper().readTree(output.toString()).get("changes"))
                .hasSize(6);
        assertThat(Path.of(disk + "@2")).doesNotExist();
        assertThat(Path.of(disk + ".working")).doesNotExist();
    }

    @Test
    void what_cannot_be_done_is_one_sentence() throws Exception {
        Path empty = Files.write(directory.resolve("empty"), new byte[1 << 20]);

        assertThat(run("check", empty)).isEqualTo(1);
        assertThat(output.toString())
                .isEqualTo(
                        "There is no Windows on this disk: no NTFS volume with \\Windows\\System32\\config\\SYSTEM.\n");
        output.getBuffer().setLength(0);
        run("prepare", empty, "--with", "magic");
        assertThat(output.toString()).startsWith("There is no change magic; there are replay-logs, ");
        output.getBuffer().setLength(0);
        run("check", empty, "--machine", "toaster");
        assertThat(output.toString())
                .isEqualTo(
                        "There is no machine type toaster; known are virtio-net-pci, e1000, e1000e, rtl8139, vmxnet3.\n");
        output.getBuffer().setLength(0);
        assertThat(run("prepare")).isEqualTo(2);
        assertThat(output.toString()).startsWith("Missing required parameter: 'IMAGE'");
    }

    @Test
    void every_change_is_listed_with_its_source() {
        assertThat(run("prepare", "--list")).isZero();
        assertThat(output.toString()).isEqualToIgnoringNewLines(golden("prepare-list.txt"));
    }

    private int run(Object... arguments) {
        return run(new FileImages(directory), arguments);
    }

    private int run(FileImages images, Object... arguments) {
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        PrintWriter writer = new PrintWriter(output, true);
        CommandLine command = WindowsCommand.commandLine(images, images, images)
                .setOut(writer)
                .setErr(writer);
        command.setExecutionExceptionHandler((error, line, parsed) -> {
            writer.println(error.getMessage());
            return 1;
        });
        return command.execute(words);
    }

    private static String golden(String name) {
        try (var stream = WindowsCommandIT.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
