package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.process.Programs;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** Every command that reads a disk, with every disk that does not mean well: each is refused in one sentence that names it. */
@Tag("boot")
class HostileReadersIT {

    private static final String SECRET = "root:hash-of-this-host";

    @TempDir
    private Path directory;

    private Path home;
    private Path secret;
    private Path raw;

    @BeforeEach
    void make_a_secret_and_a_disk() throws IOException {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        TestHome.require(
                Programs.find("qemu-system-x86_64").isPresent(),
                "qemu-system-x86_64 is missing: apt-get install qemu-system-x86");
        home = Files.createDirectory(directory.resolve("home"));
        secret = Files.writeString(directory.resolve("secret"), (SECRET + "\n").repeat(100));
        byte[] content = new byte[1 << 20];
        new Random(3).nextBytes(content);
        raw = Files.write(directory.resolve("disk.raw"), content);
    }

    @Test
    void whoever_reads_a_disk_refuses_those_that_do_not_mean_well() throws Exception {
        List<Path> disks = disks();
        SoftAssertions softly = new SoftAssertions();
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ChildJvm child = ChildJvm.start(home, Commands.class)) {
            disks.add(directory.resolve("socket"));
            socket.bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
            execute(child, "image", "import", raw.toString(), "--name", "guest");
            for (int i = 0; i < disks.size(); i++) {
                Path disk = disks.get(i);
                refused(softly, child, disk, "image", "import", disk.toString(), "--name", "bad");
                refused(softly, child, disk, "serve", disk.toString());
                refused(softly, child, disk, "windows", "check", disk.toString());
                if (Files.exists(disk)) {
                    Path kept = keep(disk);
                    refused(softly, child, kept, "failures", "promote", "f1", "bad");
                }
                if (i == 0) {
                    refused(softly, child, keep(disk), "failures", "boot", "f1");
                }
                if (i % 8 == 0) {
                    refused(
                            softly,
                            child,
                            disk,
                            "image",
                            "import",
                            disk.toString(),
                            "--name",
                            "guest",
                            "--unless-same");
                    refused(softly, child, disk, "windows", "prepare", disk.toString());
                    Path recipe = Files.writeString(
                            directory.resolve("recipe.yaml"), "parent: '%s'\nsteps: [run: 'true']\n".formatted(disk));
                    refused(softly, child, disk, "image", "build", recipe.toString());
                }
            }
            softly.assertThat(new ImageCatalogue(home).names()).containsExactly("guest");
            new ImageCatalogue(home).verify("guest", (step, done, total) -> {});
            softly.assertThat(new ImageCatalogue(home).find("guest").disk()).hasSameBinaryContentAs(raw);
        }
        try (Stream<Path> images = Files.list(home.resolve("images"))) {
            softly.assertThat(images.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("guest", ".lock");
        }
        softly.assertAll();
    }

    private void refused(SoftAssertions softly, ChildJvm child, Path disk, String... command) throws Exception {
        List<String> said = execute(child, command);
        String what = String.join(" ", command);
        softly.assertThat(said.get(said.size() - 1)).as(what).isEqualTo("=> 2");
        // A recipe's mistakes have a line each.
        softly.assertThat(said).as(what).hasSize(command[1].equals("build") ? 3 : 2);
        softly.assertThat(String.join("\n", said))
                .as(what)
                .startsWith("sanboot: ")
                .contains(disk.toString())
                .doesNotContain(SECRET)
                .doesNotContain(".import-")
                .doesNotContain("/runs/");
    }

    private static List<String> execute(ChildJvm child, String... command) throws Exception {
        child.process().getOutputStream().write((String.join("\t", command) + "\n").getBytes(StandardCharsets.UTF_8));
        child.process().getOutputStream().flush();
        List<String> said = new ArrayList<>();
        child.awaitLine(
                line -> {
                    said.add(line);
                    return line.startsWith("=> ");
                },
                120);
        return said;
    }

    /** A failure whose disk is another one: perhaps somebody else's, who sent it to be looked at. */
    private Path keep(Path disk) throws Exception {
        Path failure = Files.createDirectories(home.resolve("failures/f1"));
        Files.writeString(
                failure.resolve("manifest.json"), "{\"schema\": 1, \"id\": \"f1\", \"image\": {\"name\": \"guest\"}}");
        Path kept = failure.resolve("disk.qcow2");
        Files.deleteIfExists(kept);
        if (Files.isRegularFile(disk)) {
            Files.createLink(kept, disk);
        } else {
            Files.createSymbolicLink(kept, disk);
        }
        return kept;
    }

    private List<Path> disks() throws Exception {
        List<Path> disks = new ArrayList<>();
        disks.add(create("backing.qcow2", "-b", secret.toString(), "-F", "raw", "1M"));
        disks.add(create(
                "json.qcow2",
                "-u",
                "-b",
                "json:{\"file\":{\"driver\":\"file\",\"filename\":\"%s\"}}".formatted(secret),
                "-F",
                "raw",
                "1M"));
        disks.add(create("nbd.qcow2", "-u", "-b", "nbd://127.0.0.1:1/x", "-F", "raw", "1M"));
        disks.add(create(
                "own-home.qcow2", "-u", "-b", home.resolve("inventory.yaml").toString(), "-F", "raw", "1M"));
        disks.add(create(
                "data.qcow2",
                "-o",
                "data_file=" + Files.copy(secret, directory.resolve("data")) + ",data_file_raw=on",
                "1M"));
        // Making a really encrypted one measures the processor, which fails on a busy one.
        disks.add(patch(convert("encrypted.qcow2", "qcow2"), 32, 2L << 32 | 1));
        disks.add(create("huge.qcow2", "63T"));
        disks.add(half(convert("half.qcow2", "qcow2")));
        disks.add(patch(convert("l1.qcow2", "qcow2"), 40, 1L << 50));
        disks.add(patch(convert("features.qcow2", "qcow2"), 72, 1L << 40));
        disks.add(convert("flat.vmdk", "vmdk", "-o", "subformat=monolithicFlat"));
        disks.add(Files.writeString(
                directory.resolve("shadow.vmdk"),
                "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 8 FLAT \"%s\" 0\n"
                        .formatted(secret)));
        disks.add(half(convert("half.vmdk", "vmdk")));
        disks.add(half(convert("half.vhdx", "vhdx")));
        disks.add(half(convert("half.vdi", "vdi")));
        disks.add(patch(convert("child.vdi", "vdi"), 76, 4L << 56 | 0L));
        disks.add(half(convert("half.vhd", "vpc", "-o", "subformat=fixed")));
        Path child = convert("child.vhd", "vpc");
        disks.add(patch(child, Files.size(child) - 512 + 60, 4L << 32));
        disks.add(Files.createFile(directory.resolve("empty.raw")));
        disks.add(Files.createFile(directory.resolve("empty")));
        disks.add(Files.write(directory.resolve("broken.qcow2"), new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 9}));
        disks.add(Files.copy(disks.get(0), directory.resolve("of-a-guest")));
        disks.add(Files.write(directory.resolve("disk.xz"), new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}));
        disks.add(Files.createSymbolicLink(directory.resolve("itself"), directory.resolve("itself")));
        disks.add(directory.resolve("missing"));
        disks.add(Files.createDirectory(directory.resolve("directory")));
        disks.add(Path.of("/dev/zero"));
        Path fifo = directory.resolve("fifo");
        run("mkfifo", fifo.toString());
        disks.add(fifo);
        return disks;
    }

    private Path create(String name, String... options) throws Exception {
        Path file = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        command.addAll(List.of(options).subList(0, options.length - 1));
        command.addAll(List.of(file.toString(), options[options.length - 1]));
        run(command.toArray(String[]::new));
        return file;
    }

    private Path convert(String name, String format, String... options) throws Exception {
        Path file = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw", "-O", format));
        command.addAll(List.of(options));
        command.addAll(List.of(raw.toString(), file.toString()));
        run(command.toArray(String[]::new));
        return file;
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    }

    private static Path half(Path file) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(opened.length() / 2 & -512L);
        }
        return file;
    }

    private static Path patch(Path file, long offset, long value) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(offset);
            opened.writeLong(value);
        }
        return file;
    }

    /** Runs one command after the other, as they come in, with their words between tabulators. */
    static final class Commands {

        private Commands() {}

        public static void main(String[] arguments) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println("=> " + Main.commandLine().execute(line.split("\t")));
            }
        }
    }
}
