package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.FailureStore;
import org.sanboot.evidence.Manifest;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.FilePattern;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** Logs on the disks of guests that do not answer, taken by the real tools. */
@Tag("boot")
class OfflineLogsIT {

    private static final String JOURNAL = "var/log/journal/0123456789abcdef0123456789abcdef";

    @TempDir
    private Path directory;

    private Path tree;

    @BeforeEach
    void requireTools() throws Exception {
        for (String program : List.of("fls", "icat", "mke2fs", "qemu-img")) {
            TestHome.require(Programs.find(program).isPresent(), program + " is missing.");
        }
        tree = Files.createDirectory(directory.resolve("tree"));
    }

    @Test
    void the_logs_of_a_linux_guest_are_kept_with_the_failure() throws Exception {
        write("var/log/syslog", "the last words\n");
        write("var/log/secret.log", "not asked for\n");
        write(JOURNAL + "/system.journal", "LPKSHHRH" + "\0".repeat(1 << 20) + "entry");

        Failure failure = keep(disk(), GuestFamily.LINUX);

        Path logs = failure.directory().resolve("guest/disk");
        assertThat(logs.resolve("var/log/syslog")).hasContent("the last words\n");
        assertThat(logs.resolve("var/log/secret.log")).doesNotExist();
        assertThat(logs.resolve(JOURNAL + "/system.journal"))
                .hasSameBinaryContentAs(tree.resolve(JOURNAL + "/system.journal"));
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void the_logs_of_a_windows_guest_are_kept_with_the_failure() throws Exception {
        for (String program : List.of("mkntfs", "wimlib-imagex")) {
            TestHome.require(Programs.find(program).isPresent(), program + " is missing.");
        }
        write("Windows/System32/winevt/Logs/System.evtx", "ElfFile");
        write("Windows/System32/winevt/Logs/Security.evtx", "ElfFile");
        write("Windows/MINIDUMP/112226-01.dmp", "PAGEDU64");
        write("Windows/Panther/setuperr.log", "0xc190010d");
        write("Windows/Panther/UnattendGC/setupact.log", "specialize");
        write("Windows/INF/setupapi.dev.log", "netkvm");
        write("Windows/INF/oem0.inf", "not asked for");
        write("$WINDOWS.~BT/Sources/Panther/setupact.log", "before that");

        Failure failure = keep(ntfsDisk(), GuestFamily.WINDOWS);

        Path windows = failure.directory().resolve("guest/disk/Windows");
        assertThat(windows.resolve("System32/winevt/Logs/System.evtx")).hasContent("ElfFile");
        assertThat(windows.resolve("System32/winevt/Logs/Security.evtx")).doesNotExist();
        assertThat(windows.resolve("Minidump/112226-01.dmp")).hasContent("PAGEDU64");
        assertThat(windows.resolve("Panther/setuperr.log")).hasContent("0xc190010d");
        assertThat(windows.resolve("Panther/UnattendGC/setupact.log")).hasContent("specialize");
        assertThat(windows.resolve("INF/setupapi.dev.log")).hasContent("netkvm");
        assertThat(windows.resolve("INF/oem0.inf")).doesNotExist();
        assertThat(failure.directory().resolve("guest/disk/WINDOWS.~BT/Sources/Panther/setupact.log"))
                .hasContent("before that");
    }

    @Test
    void the_logs_are_found_though_the_largest_partition_is_not_the_systems() throws Exception {
        TestHome.require(Programs.find("sfdisk").isPresent(), "sfdisk is missing; apt-get install fdisk");
        write("var/log/syslog", "the last words\n");
        Path system = fileSystem("system.raw", "24M");
        tree = Files.createDirectory(directory.resolve("data"));
        write("large.bin", "x");
        Path data = fileSystem("data.raw", "64M");
        Path disk = directory.resolve("disk.raw");
        Path layout = Files.writeString(directory.resolve("layout"), "start=1MiB,size=24MiB\nstart=25MiB,size=64MiB\n");
        try (FileChannel out = FileChannel.open(disk, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.allocate(1), (96 << 20) - 1);
            assertThat(new ProcessBuilder(Programs.find("sfdisk").orElseThrow().toString(), "--quiet", disk.toString())
                            .redirectInput(layout.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor())
                    .isZero();
            out.write(ByteBuffer.wrap(Files.readAllBytes(system)), 1 << 20);
            out.write(ByteBuffer.wrap(Files.readAllBytes(data)), 25 << 20);
        }

        Failure failure = keep(overlay(disk), GuestFamily.LINUX);

        assertThat(failure.directory().resolve("guest/disk/var/log/syslog")).hasContent("the last words\n");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void a_disk_without_logs_is_a_remark() throws Exception {
        write("data/large.bin", "x");

        assertThat(keep(disk(), GuestFamily.WINDOWS).manifest().remarks())
                .containsExactly("There are no logs on the guest's disk.");
    }

    @Test
    void logs_that_are_too_large_are_left_out_with_a_remark() throws Exception {
        write("var/log/syslog", "short\n");
        Path large = write("var/log/kern.log", "");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(33 << 20);
        }

        Failure failure = keep(disk(), GuestFamily.LINUX);

        assertThat(failure.directory().resolve("guest/disk/var/log/syslog")).exists();
        assertThat(failure.directory().resolve("guest/disk/var/log/kern.log")).doesNotExist();
        assertThat(failure.manifest().remarks())
                .singleElement()
                .asString()
                .contains("left out")
                .contains("/var/log/kern.log (33.0 MiB)");
    }

    @Test
    void a_disk_that_cannot_be_read_is_a_remark_and_is_kept_all_the_same() throws Exception {
        Path raw = directory.resolve("nothing.raw");
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(1 << 20);
        }

        Failure failure = keep(overlay(raw), GuestFamily.WINDOWS);

        assertThat(failure.disk()).exists();
        assertThat(failure.manifest().remarks())
                .singleElement()
                .asString()
                .startsWith("The guest's logs could not be taken from its disk: No file system");
    }

    @Test
    void files_to_collect_are_taken_from_the_disk_of_a_linux_that_does_not_answer() throws Exception {
        write("var/log/agent/agent.log", "gone wrong\n");
        write("var/log/agent/old/a b.log", "long ago\n");
        write("var/log/agent/state.db", "SQLite\0");
        write("var/log/syslog", "not asked for\n");

        Failure failure = collect(disk(), "/var/log/agent/**", "/none/*");

        Path collected = failure.directory().resolve("collected/var/log");
        assertThat(collected.resolve("agent/agent.log")).hasContent("gone wrong\n");
        assertThat(collected.resolve("agent/old/a_b.log")).hasContent("long ago\n");
        assertThat(collected.resolve("agent/state.db")).hasBinaryContent("SQLite\0".getBytes(StandardCharsets.UTF_8));
        assertThat(collected.resolve("syslog")).doesNotExist();
        assertThat(failure.manifest().files())
                .extracting(Manifest.KeptFile::name)
                .contains("collected/var/log/agent/agent.log");
        assertThat(failure.report()).content().contains("collected/var/log/agent/agent.log");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void files_to_collect_are_taken_from_the_disk_of_a_windows_that_does_not_answer() throws Exception {
        for (String program : List.of("mkntfs", "wimlib-imagex")) {
            TestHome.require(Programs.find(program).isPresent(), program + " is missing.");
        }
        write("ProgramData/Agent/Logs/Agent.LOG", "gone wrong");
        write("ProgramData/Agent/big.log", "x".repeat(100));
        write("ProgramData/Other/other.log", "not asked for");

        Failure failure = collect(ntfsDisk(), "C:\\programdata\\agent\\**\\*.log");

        assertThat(failure.directory().resolve("collected/C/programdata/agent/Logs/Agent.LOG"))
                .hasContent("gone wrong");
        assertThat(failure.manifest().files())
                .filteredOn(file -> file.name().startsWith("collected"))
                .hasSize(2);
    }

    @Test
    void files_to_collect_that_are_not_there_are_said_to_be_missing() throws Exception {
        write("var/log/syslog", "not asked for\n");

        assertThat(collect(disk(), "/opt/agent/*.log").manifest().remarks())
                .containsExactly("There are no files to collect: nothing in the guest is named by /opt/agent/*.log.");
    }

    private Failure collect(Path disk, String... patterns) {
        CollectedFiles files = new CollectedFiles(
                Stream.of(patterns).map(FilePattern::parse).toList(), directory.resolve("collected"));
        files.takeFrom(disk);
        Evidence.Builder evidence = Evidence.of(disk, new Evidence.Image("image", "00", directory.resolve("disk.raw")));
        files.addTo(evidence);
        return FailureStore.at(directory.resolve("home"))
                .keep(new FailureDescription("[test]", "OfflineLogsIT.test()", Kind.TEST, null), evidence.build());
    }

    @Test
    void an_interrupt_waits_until_the_logs_are_taken() throws Exception {
        write("var/log/syslog", "the last words\n");
        Path disk = disk();

        Thread.currentThread().interrupt();
        Failure failure = keep(disk, GuestFamily.LINUX);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.directory().resolve("guest/disk/var/log/syslog")).exists();
    }

    private Failure keep(Path disk, GuestFamily family) {
        Evidence.Builder evidence = Evidence.of(disk, new Evidence.Image("image", "00", directory.resolve("disk.raw")));
        OfflineLogs.addTo(evidence, disk, family, directory.resolve("logs"));
        return FailureStore.at(directory.resolve("home"))
                .keep(new FailureDescription("[test]", "OfflineLogsIT.test()", Kind.TEST, null), evidence.build());
    }

    private Path write(String path, String content) throws Exception {
        Path file = tree.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private Path disk() throws Exception {
        return overlay(fileSystem("disk.raw", "64M"));
    }

    private Path fileSystem(String name, String size) throws Exception {
        Path raw = directory.resolve(name);
        run("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), raw.toString(), size);
        return raw;
    }

    private Path ntfsDisk() throws Exception {
        Path wim = directory.resolve("tree.wim");
        // Its own list leaves out what a setup has left behind.
        Path config = Files.writeString(directory.resolve("wim.ini"), "[ExclusionList]\n\\none\n");
        run(
                "wimlib-imagex",
                "capture",
                tree.toString(),
                wim.toString(),
                "--quiet",
                "--compress=none",
                "--config=" + config);
        Path raw = directory.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(32 << 20);
        }
        run("mkntfs", "-F", "-q", raw.toString());
        run("wimlib-imagex", "apply", wim.toString(), "1", raw.toString(), "--quiet");
        return overlay(raw);
    }

    private Path overlay(Path raw) throws Exception {
        Path overlay = directory.resolve("disk.qcow2");
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw.toString(), overlay.toString());
        return overlay;
    }

    private static void run(String... command) throws Exception {
        command[0] = Programs.find(command[0]).orElseThrow().toString();
        assertThat(new ProcessBuilder(command)
                        // Standard output is Surefire's channel to its fork.
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start()
                        .waitFor())
                .as(String.join(" ", command))
                .isZero();
    }
}
