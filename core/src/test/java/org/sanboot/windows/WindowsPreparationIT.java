package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.cli.windows.CheckPrinter;
import org.sanboot.windows.WindowsCheck.Verdict;
import org.sanboot.windows.WindowsImage.Table;
import org.sanboot.windows.registry.HiveBuilder;
import org.sanboot.windows.registry.LogBuilder;

/** What an independent reading (ntfscat, then hivexget and hivexregedit) finds before and after. */
@Tag("boot")
class WindowsPreparationIT {

    private static final String WFP =
            "Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Ndi";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(Table.class)
    void windows_7_is_found_behind_every_partition_table_and_made_to_boot(Table table) throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(table);
        byte[] before = Files.readAllBytes(disk);
        assertThat(verdict(disk, "e1000")).isEqualTo(Verdict.STOPS);

        List<PlannedChange> changes = prepare(disk, PreparationSwitch.defaults());

        assertThat(changes)
                .extracting(PlannedChange::describe)
                .containsExactlyInAnyOrder(
                        "ControlSet001\\" + WFP + "\\FilterRunType: 1 -> 2",
                        "ControlSet001\\Services\\Psched\\Start: 1 -> 0",
                        "ControlSet001\\Control\\CrashControl\\AutoReboot: 1 -> 0",
                        "ControlSet002\\" + WFP + "\\FilterRunType: 1 -> 2",
                        "ControlSet002\\Services\\Psched\\Start: 1 -> 0",
                        "ControlSet002\\Control\\CrashControl\\AutoReboot: 1 -> 0");
        assertThat(differences(before, Files.readAllBytes(disk))).hasSize(6);
        assertThat(verdict(disk, "e1000")).isEqualTo(Verdict.STALLS);
        for (String set : List.of("ControlSet001", "ControlSet002")) {
            assertThat(hivex(disk, set + "\\" + WFP, "FilterRunType")).isEqualTo("2");
            assertThat(hivex(disk, set + "\\Services\\Psched", "Start")).isEqualTo("0");
            assertThat(hivex(disk, set + "\\Control\\CrashControl", "AutoReboot"))
                    .isEqualTo("0");
        }
        assertThat(prepare(disk, PreparationSwitch.defaults()))
                .allMatch(change -> change.kind() == PlannedChange.Kind.NONE);
    }

    @ParameterizedTest
    @CsvSource({"512, 512, 40", "512, 65536, 1", "4096, 4096, 5", "4096, 65536, 1"})
    void the_file_system_s_sizes_and_the_hive_s_pieces_make_no_difference(int sector, int cluster, int pieces)
            throws Exception {
        byte[] hive = Arrays.copyOf(WindowsImage.hive("windows7.reg"), 200_000); // Slack, as Windows leaves it.
        Path disk = WindowsImage.in(directory)
                .sizes(sector, cluster)
                .inPieces(pieces)
                .file(WindowsImage.SYSTEM, hive)
                .file(WindowsImage.SOFTWARE, WindowsImage.hive("software7.reg"))
                .disk(Table.GPT_4096);
        byte[] before = Files.readAllBytes(disk);

        prepare(disk, PreparationSwitch.defaults());

        assertThat(differences(before, Files.readAllBytes(disk))).hasSize(6);
        assertThat(hivex(disk, "ControlSet002\\Services\\Psched", "Start")).isEqualTo("0");
    }

    @Test
    void windows_10_gets_values_that_it_did_not_have_and_loses_none() throws Exception {
        Path disk = WindowsImage.in(directory).windows10().disk(Table.GPT);
        String before = export(disk);
        byte[] image = Files.readAllBytes(disk);

        prepare(disk, EnumSet.allOf(PreparationSwitch.class));

        List<String> removed = new ArrayList<>(before.lines().toList());
        List<String> added = new ArrayList<>(export(disk).lines().toList());
        for (String line : before.lines().toList()) {
            if (added.remove(line)) {
                removed.remove(line);
            }
        }
        assertThat(removed)
                .containsExactlyInAnyOrder(
                        "\"PagingFiles\"=hex(7):3f,00,3a,00,5c,00,70,00,61,00,67,00,65,00,66,00,69,00,6c,00,65,00,2e,00,73,00,79,00,73,00,00,00,00,00",
                        "\"HiberbootEnabled\"=dword:00000001",
                        "\"Start\"=dword:00000001",
                        "\"Start\"=dword:00000001",
                        "\"Start\"=dword:00000003",
                        "\"0\"=dword:00000003",
                        "\"Start\"=dword:00000003");
        assertThat(added)
                .containsExactlyInAnyOrder(
                        "\"PagingFiles\"=hex(7):00,00",
                        "\"HiberbootEnabled\"=dword:00000000",
                        "\"Start\"=dword:00000000",
                        "\"Start\"=dword:00000000",
                        "\"Start\"=dword:00000000",
                        "\"0\"=dword:00000000",
                        "\"Start\"=dword:00000002",
                        "\"AutoReboot\"=dword:00000000",
                        "\"Optional\"=dword:00000001",
                        "\"Optional\"=dword:00000001");
        assertOnlyTheHiveChanged(disk, image);
        assertThat(verdict(disk, "virtio-net-pci")).isEqualTo(Verdict.BOOTS);
        assertThat(verdict(disk, "e1000e")).isEqualTo(Verdict.BOOTS);
    }

    @Test
    void a_hive_that_another_program_wrote_is_prepared_as_well() throws Exception {
        Tools.require("hivexregedit");
        Path hive = directory.resolve("hive");
        Files.write(hive, WindowsImage.hive("[ROOTKEY]"));
        String text = new HiveBuilder().add(WindowsImage.text("windows10.reg")).toRegedit("X");
        Path registry = Files.writeString(directory.resolve("hive.reg"), text);
        Tools.run("hivexregedit", "--merge", "--prefix", "X", "--encoding", "UTF-16LE", hive, registry);
        Path disk = WindowsImage.in(directory)
                .windows10()
                .file(WindowsImage.SYSTEM, Files.readAllBytes(hive))
                .disk(Table.MBR);

        prepare(disk, EnumSet.allOf(PreparationSwitch.class));

        assertThat(hivex(disk, "ControlSet001\\Services\\netkvm", "Start")).isEqualTo("0");
        assertThat(hivex(disk, "ControlSet001\\Control\\CrashControl", "AutoReboot"))
                .isEqualTo("0");
        assertThat(verdict(disk, "virtio-net-pci")).isEqualTo(Verdict.BOOTS);
    }

    @Test
    void two_installations_on_one_disk_are_both_prepared() throws Exception {
        WindowsImage images = WindowsImage.in(directory);
        Path disk = twoPartitions(
                images.windows7().volume(),
                WindowsImage.in(directory).windows10().volume());

        List<PlannedChange> changes = prepare(disk, PreparationSwitch.defaults());

        assertThat(changes).extracting(PlannedChange::partition).contains(1, 2);
        try (FileDisk device = new FileDisk(disk, true)) {
            assertThat(WindowsDisk.open(device).installations())
                    .extracting(installation -> installation.version().product())
                    .containsExactly("Windows 7 Enterprise", "Windows 11 Pro");
        }
    }

    private Path twoPartitions(Path first, Path second) throws IOException {
        Path disk = directory.resolve("both");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(1 << 20);
            file.write(Files.readAllBytes(first));
            file.seek(32 << 20);
            file.write(Files.readAllBytes(second));
            file.setLength(64 << 20);
        }
        Tools.runWithInput(
                "label: dos\nstart=2048,size=49152,type=7\nstart=65536,size=49152,type=7\n", "sfdisk", "-q", disk);
        return disk;
    }

    @Test
    void a_damaged_volume_is_named_and_does_not_keep_a_sound_one_from_being_prepared() throws Exception {
        Path damaged = WindowsImage.in(directory).windows10().volume();
        try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
            file.seek(0x0b);
            file.write(new byte[2]);
        }
        Path disk = twoPartitions(damaged, WindowsImage.in(directory).windows7().volume());
        String sentence = "Partition 1 cannot be read: The NTFS boot sector is damaged: the sector size is 0.";

        List<PlannedChange> changes = prepare(disk, PreparationSwitch.defaults());

        assertThat(changes).extracting(PlannedChange::partition).containsOnly(2);
        try (FileDisk device = new FileDisk(disk, true)) {
            WindowsDisk found = WindowsDisk.open(device);
            assertThat(found.unread()).containsExactly(sentence);
            assertThat(CheckPrinter.text(WindowsCheck.of(found, TargetMachine.qemu())))
                    .contains("Windows 7 Enterprise", sentence);
        }
        refuses(damaged, sentence.replace("Partition 1", "Partition 0"));
    }

    @Test
    void an_installation_with_a_damaged_hive_does_not_hide_the_one_beside_it() throws Exception {
        byte[] hive = WindowsImage.hive("windows10.reg");
        Path damaged = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, Arrays.copyOf(hive, hive.length - 512))
                .volume();
        Path disk = twoPartitions(damaged, WindowsImage.in(directory).windows7().volume());

        try (FileDisk device = new FileDisk(disk, true)) {
            WindowsDisk found = WindowsDisk.open(device);
            assertThat(found.installations())
                    .extracting(WindowsInstallation::partition)
                    .containsExactly(2);
            assertThat(found.unread())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "Partition 1 cannot be read: \\Windows\\System32\\config\\SYSTEM is damaged: it is cut off");
        }
    }

    @Test
    void both_installations_of_one_volume_are_reported_and_prepared() throws Exception {
        Path disk = WindowsImage.in(directory)
                .windows7()
                .file("WINNT/System32/config/SYSTEM", WindowsImage.hive("windows10.reg"))
                .file("WINNT/System32/config/SOFTWARE", WindowsImage.hive("software10.reg"))
                .disk(Table.MBR);

        assertThat(prepare(disk, PreparationSwitch.defaults()))
                .extracting(PlannedChange::directory)
                .contains("\\Windows", "\\WINNT");
        try (FileDisk device = new FileDisk(disk, true)) {
            assertThat(WindowsDisk.open(device).installations())
                    .extracting(installation -> installation.version().product())
                    .containsExactly("Windows 7 Enterprise", "Windows 11 Pro");
        }
    }

    @Test
    void an_installation_whose_hive_is_compressed_does_not_hide_the_other_of_its_volume() throws Exception {
        String other = "WINNT/System32/config/SYSTEM";
        Path disk = WindowsImage.in(directory)
                .windows7()
                .file(other, WindowsImage.hive("windows10.reg"))
                .disk(Table.NONE);
        patchAttribute(disk, record(disk, other), 0x80, (bytes, at) -> bytes[at + 0x0c] |= 1);

        assertThat(installation(disk).directory()).isEqualTo("\\Windows");
        assertThat(text(disk)).contains("\\WINNT\\System32\\config\\SYSTEM in partition 0 is compressed");
    }

    private static int record(Path volume, String file) {
        return Integer.parseInt(new String(Tools.run("ntfsinfo", "-F", "/" + file, volume), StandardCharsets.UTF_8)
                .replaceAll("(?s).*Dumping Inode (\\d+) .*", "$1"));
    }

    @Test
    void a_disk_whose_guid_table_was_wiped_is_read_by_the_backup() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.GPT);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(512);
            file.write(new byte[33 * 512]);
        }

        assertThat(installation(disk).partition()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"NetworkSetup2, 6", "NetworkSetup2\\Filters, 10"})
    void without_its_software_hive_a_windows_10_is_known_by_its_network_filters(String key, int major) {
        Path disk = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, WindowsImage.hive("windows7.reg", "[ControlSet001\\Control\\" + key + "]"))
                .disk(Table.NONE);

        assertThat(installation(disk).version().major()).isEqualTo(major);
    }

    @Test
    void a_damaged_software_hive_costs_no_more_than_the_version() throws Exception {
        Path disk = WindowsImage.in(directory)
                .windows7()
                .file(WindowsImage.SOFTWARE, new byte[8192])
                .disk(Table.MBR);

        assertThat(installation(disk).version().product()).isEqualTo("Windows");
        assertThat(text(disk))
                .contains(
                        "risk   The hive that says which Windows it is cannot be read: \\Windows\\System32\\config\\SOFTWARE is damaged: it is not a registry hive.");
        assertThat(prepare(disk, PreparationSwitch.defaults())).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"dword:00000007, 7", "'\"1\"', absent"})
    void a_guess_at_the_current_control_set_is_said(String value, String current) {
        Path disk = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, WindowsImage.hive("windows7.reg", "[Select]\n\"Default\"=" + value))
                .disk(Table.MBR);

        assertThat(text(disk))
                .contains("It names none of the control sets that are there.", "Select\\Default: " + current)
                .contains("ControlSet001 was judged instead");
    }

    @Test
    void a_name_that_would_steer_the_terminal_is_shown_without_doing_so() throws Exception {
        String card =
                "[ControlSet001\\Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\0007]\n\"DriverDesc\"=\"A\u001b[31m card\"";
        String product = "[Microsoft\\Windows NT\\CurrentVersion]\n\"ProductName\"=\"Win\u001b[2J\u202edows\"";
        WindowsImage image = WindowsImage.in(directory)
                .windows7()
                .file(WindowsImage.SYSTEM, WindowsImage.hive("windows7.reg", card));
        Path disk = image.disk(Table.NONE);
        // Put there afterwards: wimlib reads the name, too, and stumbles over it.
        image.copy(disk, WindowsImage.SOFTWARE, WindowsImage.hive("software7.reg", product));

        assertThat(text(disk)).contains("Win?[2J?dows", "A?[31m card").doesNotContain("\u001b", "\u202e");
    }

    @Test
    void a_page_file_that_was_written_as_a_text_is_a_page_file() {
        Path disk = WindowsImage.in(directory)
                .windows10()
                .file(
                        WindowsImage.SYSTEM,
                        WindowsImage.hive(
                                "windows10.reg",
                                "[ControlSet001\\Control\\Session Manager\\Memory Management]\n\"PagingFiles\"=\"c:\\\\pagefile.sys\""))
                .disk(Table.MBR);

        assertThat(text(disk)).contains("page file      c:\\pagefile.sys");
    }

    private static WindowsInstallation installation(Path disk) {
        try (FileDisk device = new FileDisk(disk, true)) {
            return WindowsDisk.open(device).installations().get(0);
        }
    }

    private static String text(Path disk) {
        try (FileDisk device = new FileDisk(disk, true)) {
            return CheckPrinter.text(WindowsCheck.of(WindowsDisk.open(device), TargetMachine.qemu()));
        }
    }

    @ParameterizedTest
    @CsvSource({"00000000, off", "00000001, on"})
    void without_hibernation_there_is_no_fast_startup(String hibernate, String fastStartup) {
        Path disk = WindowsImage.in(directory)
                .windows10()
                .file(
                        WindowsImage.SYSTEM,
                        WindowsImage.hive(
                                "windows10.reg",
                                "[ControlSet001\\Control\\Power]\n\"HibernateEnabled\"=dword:" + hibernate))
                .disk(Table.NONE);

        assertThat(text(disk)).contains("hibernation    none, fast startup " + fastStartup);
    }

    @Test
    void a_driver_s_file_that_is_gone_is_seen_on_the_volume() {
        Path disk = WindowsImage.in(directory)
                .windows7()
                .without("Windows/System32/drivers/E1G60I32.sys")
                .disk(Table.NONE);

        assertThat(text(disk)).contains("Services\\E1G60: Start 3, BootFlags 1, its file is missing");
    }

    @Test
    void a_disk_without_its_boot_manager_is_not_said_to_boot() {
        Path disk = WindowsImage.in(directory).windows7().without("bootmgr").disk(Table.NONE);
        prepare(disk, EnumSet.allOf(PreparationSwitch.class));

        assertThat(verdict(disk, "e1000")).isEqualTo(Verdict.UNKNOWN);
        assertThat(text(disk))
                .contains(
                        "winload.exe there, winload.efi there, bootmgr with Boot\\BCD missing, bootmgfw.efi with BCD missing");
    }

    @Test
    void a_volume_whose_log_is_open_leaves_every_verdict_in_doubt() {
        Path disk = WindowsImage.in(directory).windows10().uncleanLog().disk(Table.NONE);

        assertThat(text(disk)).contains("unknown volume's log: $LogFile unclean");
    }

    @ParameterizedTest
    @CsvSource({
        "vhdxfile, VHDX",
        "conectix, VHD",
        "KDMV, VMDK",
    })
    void a_file_that_holds_a_virtual_disk_is_named_so(String signature, String format) throws Exception {
        byte[] bytes = new byte[1 << 20];
        System.arraycopy(signature.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, signature.length());

        refuses(
                Files.write(directory.resolve("disk"), bytes),
                "This file is a virtual disk of format %s, not the disk itself; convert it with \"qemu-img convert -O qcow2\""
                        .formatted(format));
    }

    @Test
    void a_windows_in_a_virtual_disk_file_is_named_so() throws Exception {
        byte[] path = "\\VMs\\win10.vhdx\0".getBytes(StandardCharsets.UTF_16LE);
        byte[] bcd = new HiveBuilder()
                .value("Objects\\{1}\\Elements\\11000001", "Element", 3, path)
                .build();
        Path disk = WindowsImage.in(directory)
                .file("bootmgr", new byte[10])
                .file("Boot/BCD", bcd)
                .disk(Table.MBR);

        refuses(disk, "The Windows of this disk is in the virtual disk file \\VMs\\win10.vhdx (native boot)");
    }

    @Test
    void a_refs_volume_is_named_so() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.GPT);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek((2 << 20) + 3);
            file.write("ReFS\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
        }

        refuses(disk, "Partition 2 is a ReFS volume, which is not read here");
    }

    @Test
    void a_hibernated_session_is_refused() throws Exception {
        byte[] sleeping = new byte[8192];
        System.arraycopy("HIBR".getBytes(StandardCharsets.US_ASCII), 0, sleeping, 0, 4);
        refuses(
                WindowsImage.in(directory)
                        .windows7()
                        .file("hiberfil.sys", sleeping)
                        .disk(Table.MBR),
                "A hibernated session is on the disk (hiberfil.sys begins with HIBR); boot this Windows once from a local disk, run \"shutdown /s /f /t 0\", and try again.");
    }

    @Test
    void a_hibernation_file_that_is_not_in_use_is_no_obstacle() throws Exception {
        byte[] awake = new byte[8192];
        System.arraycopy("wake".getBytes(StandardCharsets.US_ASCII), 0, awake, 0, 4);
        Path disk = WindowsImage.in(directory)
                .windows7()
                .file("hiberfil.sys", awake)
                .disk(Table.MBR);

        assertThat(prepare(disk, PreparationSwitch.defaults())).isNotEmpty();
    }

    @Test
    void a_hive_with_newer_contents_in_its_logs_is_refused() throws Exception {
        byte[] hive = WindowsImage.hive("windows7.reg");
        hive[4]++;
        hive[508] ^= (byte) (hive[4] ^ (hive[4] - 1));
        refuses(
                WindowsImage.in(directory).file(WindowsImage.SYSTEM, hive).disk(Table.MBR),
                "\\Windows\\System32\\config\\SYSTEM in partition 2 has newer contents in its transaction logs; boot this Windows once");
    }

    @Test
    void a_hive_is_read_with_its_logs_and_prepared_with_them_when_asked_to() throws Exception {
        byte[] before = WindowsImage.hive("windows7.reg");
        byte[] between =
                WindowsImage.hive("windows7.reg", "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000002");
        byte[] after = WindowsImage.hive(
                "windows7.reg",
                "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000002\n[Select]\n\"Default\"=dword:00000002");
        Path disk = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, LogBuilder.dirty(before, 6, 5))
                .file(
                        WindowsImage.SYSTEM + ".LOG1",
                        LogBuilder.ofNewFormat(before, 6)
                                .entry(6, between, after)
                                .build())
                .file(
                        WindowsImage.SYSTEM + ".LOG2",
                        LogBuilder.ofNewFormat(before, 5)
                                .entry(5, before, between)
                                .build())
                .disk(Table.NONE);

        assertThat(installation(disk).currentControlSet()).isEqualTo("ControlSet002");
        assertThat(text(disk)).contains("SYSTEM hive    not clean", "sound   SYSTEM hive: read with its logs");
        refuses(
                disk,
                "\\Windows\\System32\\config\\SYSTEM in partition 0 has newer contents in its transaction logs; boot this Windows once from a local disk, run \"shutdown /s /f /t 0\", and try again, or prepare it with the switch replay-logs. Here it was read with its logs: entry 5 of SYSTEM.LOG2, entry 6 of SYSTEM.LOG1.");

        List<PlannedChange> changes = prepare(disk, EnumSet.of(PreparationSwitch.REPLAY_LOGS));

        assertThat(changes)
                .extracting(PlannedChange::describe)
                .containsExactly(
                        "\\Windows\\System32\\config\\SYSTEM: not closed properly -> with entry 5 of SYSTEM.LOG2, entry 6 of SYSTEM.LOG1");
        assertThat(hivex(disk, "ControlSet001\\Services\\Psched", "Start")).isEqualTo("2");
        assertThat(hivex(disk, "Select", "Default")).isEqualTo("2");
        assertThat(text(disk)).contains("SYSTEM hive    clean");
        assertThat(prepare(disk, EnumSet.of(PreparationSwitch.REPLAY_LOGS))).isEmpty();
    }

    @Test
    void logs_of_no_use_are_named_and_no_switch_helps() throws Exception {
        byte[] hive = LogBuilder.dirty(WindowsImage.hive("windows7.reg"), 6, 5);
        Path disk = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, hive)
                .file(
                        WindowsImage.SYSTEM + ".LOG1",
                        LogBuilder.ofNewFormat(hive, 4).entry(4, hive, hive).build())
                .disk(Table.NONE);

        assertThatThrownBy(() -> prepare(disk, EnumSet.of(PreparationSwitch.REPLAY_LOGS)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageEndingWith("Its logs are of no use: SYSTEM.LOG1 is older than the hive.");
    }

    @Test
    void a_hive_that_outgrows_its_file_with_its_logs_is_refused() throws Exception {
        byte[] before = WindowsImage.hive("windows7.reg");
        byte[] after = new HiveBuilder()
                .add(WindowsImage.text("windows7.reg"))
                .value("ControlSet001\\Services", "Large", 3, new byte[60_000])
                .build();
        Path disk = WindowsImage.in(directory)
                .file(WindowsImage.SYSTEM, LogBuilder.dirty(before, 6, 5))
                .file(
                        WindowsImage.SYSTEM + ".LOG1",
                        LogBuilder.ofNewFormat(before, 5)
                                .entry(5, before, after)
                                .build())
                .disk(Table.NONE);

        assertThatThrownBy(() -> prepare(disk, EnumSet.of(PreparationSwitch.REPLAY_LOGS)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        "With its logs, \\Windows\\System32\\config\\SYSTEM in partition 0 has %d bytes, and its file has room for %d only; boot this Windows once"
                                .formatted(after.length, before.length));
    }

    @Test
    void a_hive_with_a_wrong_checksum_is_refused() throws Exception {
        byte[] hive = WindowsImage.hive("windows7.reg");
        hive[200]++;
        refuses(
                WindowsImage.in(directory).file(WindowsImage.SYSTEM, hive).disk(Table.MBR),
                "\\Windows\\System32\\config\\SYSTEM in partition 2 has a wrong checksum");
    }

    @Test
    void a_hive_that_is_cut_off_is_refused() throws Exception {
        byte[] hive = WindowsImage.hive("windows7.reg");
        refuses(
                WindowsImage.in(directory)
                        .file(WindowsImage.SYSTEM, Arrays.copyOf(hive, hive.length - 512))
                        .disk(Table.MBR),
                "Partition 2 cannot be read: \\Windows\\System32\\config\\SYSTEM is damaged: it is cut off");
    }

    @Test
    void a_volume_marked_for_chkdsk_is_refused() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.NONE);
        patchAttribute(disk, 3, 0x70, (bytes, at) -> bytes[at + valueOffset(bytes, at) + 10] |= 1);
        refuses(disk, "The NTFS volume in partition 0 is marked as dirty; boot this Windows once");
    }

    @Test
    void a_volume_whose_log_was_left_open_is_refused() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().uncleanLog().disk(Table.NONE);

        refuses(
                disk,
                "The NTFS volume in partition 0 was not dismounted: its $LogFile has changes that Windows will still make; boot this Windows once");
    }

    @ParameterizedTest
    @CsvSource({"1, 0, compressed, compact /u", "0, 64, encrypted, cipher /d", "0, 128, sparse, copy SYSTEM SYSTEM.new"
    })
    void a_hive_that_is_not_plainly_on_the_disk_is_refused(int low, int high, String word, String remedy)
            throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.NONE);
        patchAttribute(disk, record(disk, WindowsImage.SYSTEM), 0x80, (bytes, at) -> {
            bytes[at + 0x0c] |= (byte) low;
            bytes[at + 0x0d] |= (byte) high;
        });
        byte[] before = Files.readAllBytes(disk);

        assertThatThrownBy(() -> prepare(disk, PreparationSwitch.defaults()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("SYSTEM in partition 0 is " + word)
                .hasMessageContaining(remedy);
        assertThat(Files.readAllBytes(disk)).isEqualTo(before);
    }

    @Test
    void bitlocker_is_named_with_the_way_out() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.GPT);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek((2 << 20) + 3);
            file.write("-FVE-FS-".getBytes(StandardCharsets.US_ASCII));
        }
        refuses(disk, "Partition 2 is encrypted by BitLocker and cannot be read; run \"manage-bde -off C:\"");
    }

    @Test
    void a_disk_without_windows_is_named_so() throws Exception {
        refuses(
                WindowsImage.in(directory).file("readme.txt", new byte[10]).disk(Table.MBR),
                "There is no Windows on this disk: no NTFS volume with \\Windows\\System32\\config\\SYSTEM.");
    }

    @Test
    void a_disk_that_takes_no_writes_is_refused_before_the_first_one() throws Exception {
        Path disk = WindowsImage.in(directory).windows7().disk(Table.MBR);
        try (FileDisk device = new FileDisk(disk, true)) {
            WindowsPreparation plan = WindowsPreparation.plan(WindowsDisk.open(device), PreparationSwitch.defaults());

            assertThatThrownBy(plan::apply)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("The disk takes no writes; prepare a clone of the image.");
            assertThat(device.writes()).isZero();
        }
    }

    /** A clone that was killed half-way is thrown away; but even so no write depends on a later one to be read. */
    @Test
    void a_kill_after_any_write_leaves_a_hive_that_can_be_read_and_prepared_again() throws Exception {
        Path original = WindowsImage.in(directory).windows10().disk(Table.NONE);
        int writes;
        Path whole = copy(original);
        try (FileDisk device = new FileDisk(whole)) {
            WindowsPreparation.plan(WindowsDisk.open(device), PreparationSwitch.defaults())
                    .apply();
            writes = device.writes();
        }
        assertThat(writes).isGreaterThan(5);
        for (int kill = 0; kill < writes; kill++) {
            Path disk = copy(original);
            try (FileDisk device = new FileDisk(disk)) {
                WindowsPreparation plan =
                        WindowsPreparation.plan(WindowsDisk.open(device), PreparationSwitch.defaults());
                device.failAfterWrites(kill);
                assertThatThrownBy(plan::apply).hasMessage("killed");
            }
            hivex(disk, "ControlSet001\\Services\\Psched", "Start");
            prepare(disk, PreparationSwitch.defaults());
            assertThat(export(disk)).as("killed after %d writes", kill).isEqualTo(export(whole));
        }
    }

    private Path copy(Path disk) throws IOException {
        return Files.copy(disk, directory.resolve("copy-" + System.nanoTime()), StandardCopyOption.REPLACE_EXISTING);
    }

    private static List<PlannedChange> prepare(Path disk, Set<PreparationSwitch> switches) {
        try (FileDisk device = new FileDisk(disk)) {
            WindowsPreparation preparation = WindowsPreparation.plan(WindowsDisk.open(device), switches);
            preparation.apply();
            return preparation.changes();
        }
    }

    private static Verdict verdict(Path disk, String machine) {
        try (FileDisk device = new FileDisk(disk, true)) {
            return WindowsCheck.of(WindowsDisk.open(device), TargetMachine.qemu())
                    .installations()
                    .get(0)
                    .machines()
                    .stream()
                    .filter(verdict -> verdict.machine().name().equals(machine))
                    .findFirst()
                    .orElseThrow()
                    .verdict();
        }
    }

    private static void refuses(Path disk, String message) throws IOException {
        byte[] before = Files.readAllBytes(disk);
        assertThatThrownBy(() -> prepare(disk, PreparationSwitch.defaults()))
                .isInstanceOf(SanbootException.class)
                .hasMessageStartingWith(message);
        assertThat(Files.readAllBytes(disk)).isEqualTo(before);
    }

    private static List<Integer> differences(byte[] before, byte[] after) {
        List<Integer> differences = new ArrayList<>();
        assertThat(after).hasSameSizeAs(before);
        for (int at = 0; at < before.length; at++) {
            if (before[at] != after[at]) {
                differences.add(at);
            }
        }
        return differences;
    }

    private void assertOnlyTheHiveChanged(Path disk, byte[] before) throws IOException {
        byte[] after = Files.readAllBytes(disk);
        byte[] hive = system(disk);
        int start = indexOf(after, Arrays.copyOfRange(hive, 4096, 4096 + 4096)) - 4096;
        assertThat(start).isPositive();
        assertThat(differences(before, after))
                .isNotEmpty()
                .allMatch(at -> at >= start + 4096 && at < start + hive.length);
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int at = 0; at <= bytes.length - wanted.length; at += 512) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }

    private byte[] system(Path disk) throws IOException {
        byte[] bytes = Files.readAllBytes(disk);
        Path volume = disk;
        if (bytes[3] != 'N') {
            volume = directory.resolve("volume");
            int start =
                    new String(bytes, (2 << 20) + 3, 4, StandardCharsets.US_ASCII).equals("NTFS") ? 2 << 20 : 1 << 20;
            Files.write(volume, Arrays.copyOfRange(bytes, start, bytes.length));
        }
        return Tools.run("ntfscat", "-f", volume, WindowsImage.SYSTEM);
    }

    private String hivex(Path disk, String key, String value) throws IOException {
        Tools.require("hivexget");
        Path hive = Files.write(directory.resolve("SYSTEM"), system(disk));
        String text = new String(Tools.run("hivexget", hive, key, value), StandardCharsets.UTF_8).strip();
        return text.replaceFirst("^0x0*(?=.)", "");
    }

    private String export(Path disk) throws IOException {
        Tools.require("hivexregedit");
        Path hive = Files.write(directory.resolve("SYSTEM"), system(disk));
        return new String(Tools.run("hivexregedit", "--export", hive, "\\"), StandardCharsets.UTF_8);
    }

    private interface Patch {
        void apply(byte[] disk, int attribute);
    }

    private static int valueOffset(byte[] bytes, int at) {
        return bytes[at + 0x14] & 0xff;
    }

    /** Changes an attribute's header where it stands; none of the bytes is one that a sector's end protects. */
    private static void patchAttribute(Path volume, int record, int type, Patch patch) throws IOException {
        byte[] bytes = Files.readAllBytes(volume);
        int cluster = (bytes[0x0b] & 0xff | (bytes[0x0c] & 0xff) << 8) * bytes[0x0d];
        int at = (bytes[0x30] & 0xff | (bytes[0x31] & 0xff) << 8) * cluster + record * 1024;
        at += bytes[at + 0x14] & 0xff;
        while ((bytes[at] & 0xff) != type) {
            at += bytes[at + 4] & 0xff | (bytes[at + 5] & 0xff) << 8;
        }
        patch.apply(bytes, at);
        Files.write(volume, bytes);
    }
}
