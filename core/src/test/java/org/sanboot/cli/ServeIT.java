package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.FileTrees;
import org.sanboot.process.Programs;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** The command as a user runs it, with foreign initiators at the other end. */
@Tag("boot")
class ServeIT {

    @TempDir
    private Path directory;

    @BeforeAll
    static void need() {
        TestHome.require(Programs.find("iscsi-inq").isPresent(), "iscsi-inq is missing: apt-get install libiscsi-bin");
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
    }

    @Test
    void every_portal_of_a_blank_disk_answers_as_soon_as_its_url_is_printed() throws Exception {
        try (ChildJvm serve = serve("--blank", "1G", "--portals", "2")) {
            String first = url(serve);
            String second = url(serve);

            assertThat(first).isNotEqualTo(second);
            assertThat(run("iscsi-inq", first)).contains("SANBOOT");
            assertThat(run("iscsi-inq", second)).contains("SANBOOT");
            assertThat(run("iscsi-ls", "-s", first.replaceAll("/iqn.*", "")))
                    .contains("Lun:0")
                    .contains("Size:1023M");
        }
    }

    @Test
    void a_file_is_read_and_written_byte_for_byte_and_stays_as_it_was() throws Exception {
        Path file = directory.resolve("disk.raw");
        byte[] content = random(8 << 20, 1);
        Files.write(file, content);
        Path written = Files.write(directory.resolve("written.raw"), random(8 << 20, 2));
        Path kept = directory.resolve("kept.qcow2");
        try (ChildJvm serve = serve(file.toString(), "--keep", kept.toString())) {
            String url = url(serve);
            run(
                    "qemu-img",
                    "convert",
                    "-O",
                    "raw",
                    url,
                    directory.resolve("read.raw").toString());
            assertThat(directory.resolve("read.raw")).hasSameBinaryContentAs(file);

            run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", written.toString(), url);
            interrupt(serve);
        }

        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        run("qemu-img", "check", kept.toString());
        run(
                "qemu-img",
                "convert",
                "-O",
                "raw",
                kept.toString(),
                directory.resolve("kept.raw").toString());
        assertThat(directory.resolve("kept.raw")).hasSameBinaryContentAs(written);
    }

    /** Nobody can log in to 0.0.0.0, which some programs take for their own host. */
    @Test
    void a_disk_for_all_networks_is_named_by_addresses_that_others_reach_it_by() throws Exception {
        try (ChildJvm serve = serve("--blank", "1G", "--listen", "0.0.0.0", "--no-chap")) {
            String url = url(serve);

            assertThat(url).doesNotContain("0.0.0.0").doesNotContain("//[::]").contains("%");
            assertThat(run("iscsi-inq", url)).contains("SANBOOT");
        }
    }

    @Test
    void what_is_kept_on_another_file_system_takes_only_what_was_written() throws Exception {
        Path other = Files.createTempDirectory(Path.of("/dev/shm"), "sanboot");
        try (ChildJvm serve = serve("--blank", "8G", "--keep", other + "/kept.qcow2")) {
            assertThat(Files.getFileStore(other)).isNotEqualTo(Files.getFileStore(directory));
            Path written = Files.write(directory.resolve("written.raw"), random(1 << 20, 2));
            run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", written.toString(), url(serve));
            interrupt(serve);

            assertThat(other).isDirectoryContaining("glob:**/kept.qcow2");
            assertThat(run("du", "-k", other + "/kept.qcow2").split("\\s")[0])
                    .satisfies(
                            kibibytes -> assertThat(Integer.parseInt(kibibytes)).isBetween(1024, 4096));
            run("qemu-img", "check", "-f", "qcow2", other + "/kept.qcow2");
        } finally {
            FileTrees.delete(other);
        }
    }

    @Test
    void a_disk_that_cannot_be_kept_stays_and_its_place_is_said() throws Exception {
        Path kept = directory.resolve("kept.qcow2");
        try (ChildJvm serve = serve("--blank", "1G", "--keep", kept.toString())) {
            Path written = Files.write(directory.resolve("written.raw"), random(1 << 20, 2));
            run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", written.toString(), url(serve));
            Files.writeString(kept, "somebody else's");
            interrupt(serve);

            assertThat(serve.awaitLine(line -> line.startsWith("sanboot: "), 5))
                    .contains(kept.toString())
                    .endsWith("it stays in " + kept + ".part");
        }
        assertThat(kept).hasContent("somebody else's");
        run("qemu-img", "check", "-f", "qcow2", kept + ".part");
        assertThat(run("qemu-img", "map", "-f", "qcow2", kept + ".part")).contains("0x100000");
    }

    @Test
    void ctrl_c_leaves_nothing_behind() throws Exception {
        try (ChildJvm serve = serve("--blank", "1G")) {
            url(serve);
            assertThat(directory.resolve("home/runs")).isNotEmptyDirectory();

            interrupt(serve);
        }

        assertThat(directory.resolve("home/runs")).isEmptyDirectory();
    }

    @Test
    void chap_keeps_out_who_does_not_have_the_secret_of_a_disk_on_loopback_too() throws Exception {
        try (ChildJvm serve = serve("--blank", "1G")) {
            String url = url(serve);

            assertThat(run("iscsi-inq", url)).contains("SANBOOT");
            assertThat(exitStatus("iscsi-inq", url.replaceAll("//.*@", "//"))).isNotZero();
            assertThat(exitStatus("iscsi-inq", url.replaceAll("%.*@", "%000000000000@")))
                    .isNotZero();
        }
    }

    @Test
    void a_write_protected_disk_says_so_and_refuses_writes() throws Exception {
        Path written = Files.write(directory.resolve("written.raw"), random(1 << 20, 2));
        try (ChildJvm serve = serve("--blank", "1M", "--read-only")) {
            assertThat(exitStatus("qemu-img", "convert", "-n", "-O", "raw", written.toString(), url(serve)))
                    .isNotZero();
        }
    }

    @Test
    void a_port_that_is_in_use_is_one_sentence_and_a_users_error() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ChildJvm serve = serve(
                        "--blank",
                        "1G",
                        "--port",
                        String.valueOf(taken.getLocalPort()),
                        "--keep",
                        directory.resolve("kept").toString())) {
            assertThat(serve.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(serve.process().exitValue()).isEqualTo(Main.USER_ERROR);
            await("its message")
                    .atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(serve.output())
                            .startsWith("sanboot: ")
                            .contains(String.valueOf(taken.getLocalPort()))
                            .doesNotContain("\n"));
            assertThat(directory).isDirectoryNotContaining("glob:**/kept*");
        }
    }

    private ChildJvm serve(String... arguments) throws IOException {
        String[] all = new String[arguments.length + 1];
        all[0] = "serve";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return ChildJvm.start(directory.resolve("home"), Main.class, all);
    }

    private static String url(ChildJvm serve) throws InterruptedException {
        return serve.awaitLine(line -> line.startsWith("iscsi://"), 30);
    }

    private static void interrupt(ChildJvm serve) throws Exception {
        new ProcessBuilder("kill", "-INT", String.valueOf(serve.process().pid()))
                .start()
                .waitFor();
        assertThat(serve.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private String run(String... command) throws Exception {
        Path output = Files.createTempFile(directory, "run", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(String.join(" ", command) + "\n" + Files.readString(output))
                .isZero();
        return Files.readString(output);
    }

    private static int exitStatus(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static byte[] random(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
