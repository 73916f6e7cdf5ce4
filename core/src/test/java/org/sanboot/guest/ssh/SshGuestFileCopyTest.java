package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;

@Timeout(30)
class SshGuestFileCopyTest {

    private final FakeGuest fake = new FakeGuest();
    private SshGuest guest;

    @TempDir
    Path here;

    @TempDir
    Path there;

    @BeforeEach
    void start() {
        fake.filesIn(there).start();
        guest = fake.connect();
    }

    @AfterEach
    void close() throws Exception {
        guest.close();
        fake.close();
    }

    @Test
    void a_file_goes_there_and_comes_back_byte_for_byte_with_missing_parents_made() throws IOException {
        byte[] content = new byte[3_000_001];
        new Random(1).nextBytes(content);
        Path file = Files.write(here.resolve("data.bin"), content);

        guest.copyTo(file, "/opt/new/place/data.bin");
        guest.copyFrom("/opt/new/place/data.bin", here.resolve("back/again/data.bin"));

        assertThat(there.resolve("opt/new/place/data.bin")).hasBinaryContent(content);
        assertThat(here.resolve("back/again/data.bin")).hasBinaryContent(content);
    }

    @Test
    void a_file_that_is_there_is_replaced_even_by_a_shorter_one() throws IOException {
        Files.writeString(there.resolve("note"), "a long text of before");
        guest.copyTo(Files.writeString(here.resolve("note"), "short"), "/note");
        assertThat(there.resolve("note")).hasContent("short");

        Files.writeString(here.resolve("back"), "a long text of before");
        guest.copyFrom("/note", here.resolve("back"));
        assertThat(here.resolve("back")).hasContent("short");
    }

    @Test
    void a_directory_is_copied_with_all_that_is_in_it() throws IOException {
        Files.createDirectories(here.resolve("tree/empty"));
        Files.createDirectories(here.resolve("tree/a/b"));
        Files.writeString(here.resolve("tree/top"), "top");
        Files.writeString(here.resolve("tree/a/b/deep"), "deep");
        Files.writeString(here.resolve("tree/a/empty file"), "");

        guest.copyTo(here.resolve("tree"), "/srv/tree/");
        guest.copyTo(here.resolve("tree"), "/srv/tree");
        guest.copyFrom("/srv/tree", here.resolve("back"));

        assertThat(here.resolve("back/empty")).isEmptyDirectory();
        assertThat(here.resolve("back/top")).hasContent("top");
        assertThat(here.resolve("back/a/b/deep")).hasContent("deep");
        assertThat(here.resolve("back/a/empty file")).isEmptyFile();
    }

    @Test
    void executables_stay_executable_and_others_do_not_become_so() throws IOException {
        Path tool = Files.writeString(here.resolve("tool"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path text = Files.writeString(here.resolve("text"), "text");

        guest.copyTo(tool, "/tool");
        guest.copyTo(text, "/text");
        guest.copyFrom("/tool", here.resolve("tool2"));
        guest.copyFrom("/text", here.resolve("text2"));

        assertThat(there.resolve("tool")).isExecutable();
        assertThat(there.resolve("text")).matches(file -> !Files.isExecutable(file), "not executable");
        assertThat(here.resolve("tool2")).isExecutable();
        assertThat(here.resolve("text2")).matches(file -> !Files.isExecutable(file), "not executable");

        guest.copyTo(text, "/tool");
        assertThat(there.resolve("tool")).matches(file -> !Files.isExecutable(file), "not executable");
    }

    @Test
    void names_with_wildcards_spaces_and_backslashes_are_names_like_any_other() throws IOException {
        for (String name : new String[] {"a*b", "what?", "dev-disk-by\\x2dlabel", "[x] y", "Grüße", "-r"}) {
            Path file = Files.writeString(here.resolve(name), name);
            guest.copyTo(file, "/odd * dir?/" + name);
        }

        guest.copyFrom("/odd * dir?", here.resolve("back"));
        guest.copyFrom("/odd * dir?/a*b", here.resolve("single"));

        assertThat(here.resolve("back")).isDirectoryContaining("glob:**Grüße");
        assertThat(here.resolve("back/dev-disk-by\\x2dlabel")).hasContent("dev-disk-by\\x2dlabel");
        assertThat(here.resolve("single")).hasContent("a*b");
    }

    @Test
    void links_are_followed_and_those_that_lead_nowhere_are_left_out() throws IOException {
        Files.createDirectories(there.resolve("log/old"));
        Files.writeString(there.resolve("log/old/one"), "1");
        Files.createSymbolicLink(there.resolve("log/current"), Path.of("old/one"));
        Files.createSymbolicLink(there.resolve("log/dangling"), Path.of("missing"));

        guest.copyFrom("/log", here.resolve("log"));

        assertThat(here.resolve("log/current")).isRegularFile().hasContent("1");
        assertThat(here.resolve("log/dangling")).doesNotExist();
    }

    @Test
    void a_directory_that_links_back_to_itself_is_no_endless_copy() throws IOException {
        Files.createDirectories(here.resolve("loop"));
        Files.createSymbolicLink(here.resolve("loop/again"), here.resolve("loop"));

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> guest.copyTo(here.resolve("loop"), "/loop"))
                .withMessageContaining("FileSystemLoopException");
    }

    @Test
    void a_path_in_windows_style_is_one_of_its_drive() {
        assertThat(RemotePath.parse("C:\\Users\\x y\\a.txt").text()).isEqualTo("/C:/Users/x y/a.txt");
        assertThat(RemotePath.parse("d:/a/").text()).isEqualTo("/d:/a");
        assertThat(RemotePath.parse("C:\\").parent().text()).isEqualTo("/");
        assertThat(RemotePath.parse("/a").parent().text()).isEqualTo("/");
        assertThat(RemotePath.parse("/a/b").parent().text()).isEqualTo("/a");
        assertThat(RemotePath.parse("/").child("x").text()).isEqualTo("/x");
        assertThat(RemotePath.parse("/a\\b*?").quoted()).isEqualTo("/a\\\\b\\*\\?");
    }

    @Test
    void a_relative_path_in_the_guest_is_refused() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> guest.copyTo(here, "tmp/x"))
                .withMessage("The path 'tmp/x' in the guest must be absolute, such as /tmp/x or C:/x");
        assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> guest.copyFrom("", here.resolve("x")));
    }

    @Test
    void a_file_that_is_missing_here_is_the_test_author_s_to_fix() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> guest.copyTo(here.resolve("agent.deb"), "/tmp/agent.deb"))
                .withMessageContainingAll("There is no " + here.resolve("agent.deb"), "/tmp/agent.deb");
    }

    @Test
    void a_file_that_is_missing_there_fails_the_test() {
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyFrom("/var/log/agent.log", here.resolve("agent.log")))
                .withMessage(
                        "Copying /var/log/agent.log in the guest to %s failed at /var/log/agent.log: there is no such file or directory"
                                .formatted(here.resolve("agent.log")));
        assertThat(here.resolve("agent.log")).doesNotExist();
    }

    @Test
    void what_stands_in_the_way_is_named() throws IOException {
        Files.writeString(there.resolve("file"), "in the way");
        Path file = Files.writeString(here.resolve("file"), "new");
        Files.createDirectory(there.resolve("directory"));

        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyTo(file, "/file/below"))
                .withMessageContaining("Copying %s to /file/below in the guest failed at /file".formatted(file));
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> guest.copyTo(file, "/directory"))
                .withMessageEndingWith(
                        "/directory is a directory; to copy into it, name the file there: /directory/file");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> guest.copyFrom("/file", here))
                .withMessageContaining("is a directory, and /file in the guest is not");
    }

    @Test
    void a_connection_that_died_in_between_is_replaced_for_a_copy_too() throws IOException {
        guest.run("exit 0");
        fake.dropConnections();

        guest.copyTo(Files.writeString(here.resolve("x"), "x"), "/x");

        assertThat(there.resolve("x")).hasContent("x");
    }

    @Test
    void a_guest_without_sftp_says_what_it_lacks() {
        fake.withoutSftp();

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> guest.copyTo(here, "/x"))
                .withMessageContainingAll("offers no SFTP", "openssh-sftp-server");
        assertThat(guest.run("exit 0")).succeeded();
    }

    @Test
    void a_guest_that_cannot_be_reached_is_not_mistaken_for_one_without_files() throws Exception {
        fake.close();

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> guest.copyFrom("/x", here.resolve("x")));
    }
}
