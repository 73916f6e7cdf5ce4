package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.Layer;
import org.sanboot.block.SourceDisk;
import org.sanboot.block.SourceFormat;
import org.sanboot.boot.Firmware;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** Disks that do not mean well, or are odd, made by the real {@code qemu-img} where it can. */
@Tag("boot")
class HostileDiskIT {

    private static final int SIZE = 4 << 20;

    @TempDir
    private Path directory;

    private ImageCatalogue catalogue;
    private byte[] content;
    private Path raw;
    private Path secret;

    @BeforeEach
    void make_a_disk_and_a_secret() throws IOException {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        content = new byte[SIZE];
        new Random(3).nextBytes(content);
        raw = Files.write(directory.resolve("disk.raw"), content);
        secret = Files.writeString(directory.resolve("secret"), "root:hash\n".repeat(100));
        catalogue = new ImageCatalogue(directory.resolve("home"));
    }

    private ImageImport request(Path source) {
        return new ImageImport(source, "guest", GuestFamily.LINUX, Set.of(Firmware.BIOS), "e1000", null);
    }

    private Path make(String name, String format, String... options) throws Exception {
        Path file = directory.resolve(name);
        Stream<String> command = Stream.of(
                        Stream.of("qemu-img", "convert", "-f", "raw", "-O", format),
                        Stream.of(options),
                        Stream.of(raw.toString(), file.toString()))
                .flatMap(words -> words);
        run(command.toList());
        return file;
    }

    private static void run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    }

    private static Path cut(Path file, long length) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(length);
        }
        return file;
    }

    /** Whoever reads a disk refuses it, and an import leaves nothing. */
    private void assertRefused(Path disk, String... words) {
        assertThatThrownBy(() -> catalogue.add(request(disk), Progress.NONE))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(disk.toString())
                .hasMessageNotContaining(".import-")
                .hasMessageNotContaining("runs/")
                .satisfies(e -> assertThat(List.of(words)).allMatch(e.getMessage()::contains));
        assertThatThrownBy(() -> SourceDisk.examineReadable(disk, null, new FurtherFiles.None()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(disk.toString());
        assertThat(catalogue.names()).isEmpty();
        assertThat(directory.resolve("home/images/guest")).doesNotExist();
    }

    @Test
    void a_qcow2_header_that_a_guest_wrote_into_its_raw_disk_stays_bytes() throws Exception {
        Path trap = directory.resolve("trap.qcow2");
        run(List.of(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-b",
                secret.toString(),
                "-F",
                "raw",
                trap.toString(),
                "4M"));
        byte[] header = Files.readAllBytes(trap);
        byte[] written = content.clone();
        System.arraycopy(header, 0, written, 0, header.length);
        Path exported = Files.write(directory.resolve("exported.raw"), written);

        GoldenImage image = catalogue.add(request(exported), Progress.NONE);

        assertThat(Files.readAllBytes(image.disk())).isEqualTo(written);
        try (Layer disk = SourceDisk.examineReadable(exported, null, new FurtherFiles.None())
                .open()) {
            ByteBuffer first = ByteBuffer.allocate(4);
            disk.read(0, first);
            assertThat(first.getInt(0)).isEqualTo(0x514649fb);
        }
        catalogue.remove("guest");
        Path unnamed = Files.copy(exported, directory.resolve("exported"));
        assertRefused(unnamed, "which a guest can also have written", "--format qcow2 or --format raw");
        assertThat(catalogue
                        .add(request(unnamed).from(SourceFormat.RAW, new FurtherFiles.None()), Progress.NONE)
                        .size())
                .isEqualTo(SIZE);
        catalogue.remove("guest");
        assertRefused(trap, "names another file", secret.toString(), "--allow-backing-files");
    }

    @Test
    void a_backing_file_is_read_when_it_is_said_to_be_wanted_and_its_format_is_stated() throws Exception {
        Path overlay = directory.resolve("overlay.qcow2");
        run(List.of("qemu-img", "create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", overlay.toString()));
        assertRefused(overlay, "disk.raw");

        GoldenImage image = catalogue.add(request(overlay).from(null, new FurtherFiles.Any()), Progress.NONE);

        assertThat(Files.readAllBytes(image.disk())).isEqualTo(content);
        catalogue.remove("guest");
        run(List.of("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", overlay.toString()));
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        assertThatThrownBy(() -> catalogue.add(
                        request(overlay).from(null, new FurtherFiles.Below(List.of(elsewhere))), Progress.NONE))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("names another file");
    }

    /** To Java "file:/x" is in the directory "file:", and to QEMU it is "/x". */
    @Test
    void a_name_that_qemu_reads_as_a_protocol_does_not_pass_for_a_file_that_is_allowed() throws Exception {
        Path allowed = Files.createDirectory(directory.resolve("allowed"));
        Path decoy = directory.resolve("file:" + secret);
        Files.createDirectories(decoy.getParent());
        Files.createSymbolicLink(decoy, Files.copy(raw, allowed.resolve("disk.raw")));
        Path overlay = directory.resolve("overlay.qcow2");
        run(List.of(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-u",
                "-b",
                "file:" + secret,
                "-F",
                "raw",
                overlay.toString(),
                "4M"));
        for (FurtherFiles which :
                List.<FurtherFiles>of(new FurtherFiles.Below(List.of(allowed)), new FurtherFiles.Any())) {
            assertThatThrownBy(() -> catalogue.add(request(overlay).from(null, which), Progress.NONE))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("stands on \"file:" + secret + "\", which is no file");
        }
    }

    @Test
    void a_vmdk_that_names_its_extents_or_a_parent_is_refused() throws Exception {
        assertRefused(
                make("flat.vmdk", "vmdk", "-o", "subformat=monolithicFlat"), "names another file", "flat-flat.vmdk");
        Path descriptor = Files.writeString(
                directory.resolve("hostile.vmdk"),
                "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 8192 FLAT \"%s\" 0\n"
                        .formatted(secret));
        assertRefused(descriptor, "names another file", secret.toString());
        Path child = directory.resolve("child.vmdk");
        Path parent = make("parent.vmdk", "vmdk");
        run(List.of("qemu-img", "create", "-q", "-f", "vmdk", "-b", parent.toString(), "-F", "vmdk", child.toString()));
        assertRefused(child, "names another file", "parent.vmdk");
    }

    @Test
    void extents_and_a_data_file_are_read_when_they_are_said_to_be_wanted() throws Exception {
        Path flat = make("flat.vmdk", "vmdk", "-o", "subformat=monolithicFlat");
        Path split = make("split.vmdk", "vmdk", "-o", "subformat=twoGbMaxExtentSparse");
        Path data = make("data.qcow2", "qcow2", "-o", "data_file=" + directory.resolve("data.bin"));
        assertRefused(split, "names another file", "split-s001.vmdk");
        assertRefused(data, "names another file", "data.bin", "--allow-backing-files");
        for (Path disk : List.of(flat, split, data)) {
            GoldenImage image = catalogue.add(request(disk).from(null, new FurtherFiles.Any()), Progress.NONE);
            assertThat(Files.readAllBytes(image.disk())).as("%s", disk).isEqualTo(content);
            catalogue.remove("guest");
        }
    }

    @Test
    void what_is_unusual_but_whole_is_read_byte_for_byte() throws Exception {
        Path snapshot = make("snapshot.qcow2", "qcow2");
        run(List.of("qemu-img", "snapshot", "-c", "before", snapshot.toString()));
        for (Path disk : List.of(
                snapshot,
                make("compressed.qcow2", "qcow2", "-c"),
                make("old.qcow2", "qcow2", "-o", "compat=0.10"),
                make("extended.qcow2", "qcow2", "-o", "extended_l2=on"))) {
            GoldenImage image = catalogue.add(request(disk), Progress.NONE);
            assertThat(Files.readAllBytes(image.disk())).as("%s", disk).isEqualTo(content);
            catalogue.remove("guest");
            try (Layer served = SourceDisk.examineReadable(disk, null, new FurtherFiles.None())
                    .open()) {
                ByteBuffer read = ByteBuffer.allocate(SIZE);
                served.read(0, read);
                assertThat(read.array()).as("%s", disk).isEqualTo(content);
            }
        }
        Path fixed = make("static.vdi", "vdi", "-o", "static=on");
        assertThat(catalogue.add(request(fixed), Progress.NONE).size()).isEqualTo(SIZE);
        catalogue.remove("guest");
        assertThat(catalogue
                        .add(request(make("fixed.vhdx", "vhdx", "-o", "subformat=fixed")), Progress.NONE)
                        .size())
                .isEqualTo(SIZE);
    }

    /** Each field of a qcow2 header that says where something is, or how large, with a value that cannot be. */
    @ParameterizedTest
    @CsvSource({
        "8, 0000010000000000",
        "16, ffffffff",
        "20, 0000003f",
        "20, 00000008",
        "24, 0000000000000000",
        "24, 8000000000000000",
        "24, 00003f0000000000",
        "32, 00000001",
        "36, 00000000",
        "36, 7fffffff",
        "40, 0000040000000000",
        "40, 0000000000000001",
        "72, 0000010000000000",
        "72, 0000000000000002",
        "100, ffffffff",
        "100, 00000008"
    })
    void an_impossible_qcow2_header_is_refused(int offset, String value) throws Exception {
        Path disk = make("disk.qcow2", "qcow2");
        try (RandomAccessFile opened = new RandomAccessFile(disk.toFile(), "rw")) {
            opened.seek(offset == 16 ? 8 : offset);
            if (offset == 16) {
                opened.writeLong(0x200);
            }
            opened.write(HexFormat.of().parseHex(value));
        }
        assertRefused(disk);
    }

    @ParameterizedTest
    @CsvSource({
        "qcow2, qcow2, ''",
        "vmdk, vmdk, ''",
        "vmdk, vmdk, subformat=streamOptimized",
        "vhdx, vhdx, ''",
        "vdi, vdi, ''",
        "vhd, vpc, ''",
        "vhd, vpc, subformat=fixed"
    })
    void half_a_disk_is_refused_and_a_whole_one_is_read_byte_for_byte(String suffix, String format, String options)
            throws Exception {
        Path whole = make("whole." + suffix, format, options.isEmpty() ? new String[0] : new String[] {"-o", options});
        GoldenImage image = catalogue.add(request(whole), Progress.NONE);
        byte[] made = Files.readAllBytes(image.disk());
        assertThat(Arrays.copyOf(made, SIZE)).isEqualTo(content);
        assertThat(Arrays.copyOfRange(made, SIZE, made.length)).isEqualTo(new byte[made.length - SIZE]);
        catalogue.remove("guest");

        Path half = Files.copy(whole, directory.resolve("half." + suffix));
        assertRefused(cut(half, Files.size(half) / 2 & -512L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd:name.raw", "-O.raw", "json:x.raw", "with,comma.raw", "with space.raw"})
    void a_name_is_a_file_and_no_option_or_protocol(String name) throws Exception {
        Files.copy(raw, directory.resolve(name));
        Path relative = Path.of("").toAbsolutePath().relativize(directory.resolve(name));
        GoldenImage image = catalogue.add(request(relative), Progress.NONE);
        assertThat(Files.readAllBytes(image.disk())).isEqualTo(content);
    }

    @Test
    @Timeout(20)
    void what_is_no_disk_is_refused_at_once() throws Exception {
        Path fifo = directory.resolve("fifo");
        run(List.of("mkfifo", fifo.toString()));
        assertRefused(fifo, "FIFO");
        assertRefused(Path.of("/dev/null"), "character device");
        assertRefused(directory, "is a directory");
        assertRefused(directory.resolve("missing"), "does not exist");
        assertRefused(Files.createFile(directory.resolve("empty.raw")), "is empty");
        assertRefused(
                Files.write(directory.resolve("broken.qcow2"), new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 9}));
        assertRefused(Files.write(directory.resolve("zeros.qcow2"), new byte[4096]), "has no such signature");
        assertRefused(
                Files.write(directory.resolve("disk.xz"), new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}), "xz file");
    }

    @Test
    void an_import_that_fails_leaves_the_image_of_its_name_and_a_used_one_is_not_replaced() throws Exception {
        GoldenImage before = catalogue.add(request(raw), Progress.NONE);
        Path other = Files.write(directory.resolve("other.raw"), new byte[1 << 20]);
        assertThatThrownBy(() -> catalogue.addOrReplace(request(directory.resolve("missing")), Progress.NONE))
                .isInstanceOf(ConfigurationException.class);
        Path half = make("half.qcow2", "qcow2");
        cut(half, Files.size(half) / 2);
        assertThatThrownBy(() -> catalogue.addOrReplace(request(half), Progress.NONE))
                .isInstanceOf(ConfigurationException.class);
        Path kept = directory.resolve("home/failures/one/disk.qcow2");
        Files.createDirectories(kept.getParent());
        try (ImageHold hold = catalogue.use("guest");
                Layer base = hold.image().open()) {
            DiskClone.create(base, kept, Durability.PROCESS).close();
            assertThatThrownBy(() -> catalogue.addOrReplace(request(other), Progress.NONE))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("cannot be replaced: a clone of it is in use by this process");
        }
        assertThat(catalogue.find("guest")).isEqualTo(before);
        catalogue.verify("guest", Progress.NONE);
        assertThat(catalogue
                        .addOrReplace(request(make("same.qcow2", "qcow2")), Progress.NONE)
                        .imported())
                .isEqualTo(before.imported());

        GoldenImage after = catalogue.addOrReplace(request(other), Progress.NONE);

        assertThat(after.sha256()).isNotEqualTo(before.sha256());
        assertThatThrownBy(() -> Layer.open(kept, org.sanboot.block.DiskFormat.QCOW2))
                .hasMessageContaining(before.sha256())
                .hasMessageContaining("does not exist");
    }

    @Test
    void hashing_costs_what_is_stored() throws Exception {
        Path holes = directory.resolve("holes.raw");
        try (FileChannel channel = FileChannel.open(holes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), (1L << 40) - 1);
        }
        GoldenImage image = catalogue.add(request(holes), Progress.NONE);
        Path overlay = directory.resolve("home/overlay.qcow2");
        try (Layer base = image.open();
                DiskClone clone = DiskClone.create(base, overlay, Durability.PROCESS)) {
            clone.write(0, ByteBuffer.wrap(new byte[512]));
        }
        long begun = System.nanoTime();
        long[] steps = {0};
        catalogue.addVersion("guest", "child", overlay, (step, done, total) -> steps[0]++);
        assertThat(steps[0]).as("blocks that were read").isLessThan(8);
        assertThat(System.nanoTime() - begun).isLessThan(5_000_000_000L);
        catalogue.verify("child", Progress.NONE);
    }
}
