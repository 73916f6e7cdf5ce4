package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.FailureStore;
import org.sanboot.evidence.Manifest;
import org.sanboot.evidence.Redaction;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.Guest;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.FilePattern;

class CollectedFilesTest {

    @TempDir
    Path directory;

    /** A guest whose shell and files are this computer's. */
    private interface Answers {
        CommandResult run(Command command);

        void copyFrom(String remote, Path local);
    }

    @Test
    void files_of_a_running_linux_are_kept_by_their_paths_without_secrets() throws Exception {
        Path log = Files.createDirectories(directory.resolve("guest/log/it's old"));
        Files.writeString(log.resolve("agent.log"), "password hunter2hunter2");
        Files.writeString(directory.resolve("guest/log/.hidden"), "seen");
        Files.writeString(directory.resolve("guest/other.log"), "not asked for");
        Files.createSymbolicLink(directory.resolve("guest/log/link"), directory.resolve("guest/other.log"));

        Failure failure = collect(
                new Local(),
                GuestFamily.LINUX,
                directory.resolve("guest/log/**").toString());

        String below = "collected" + directory + "/guest/log/";
        assertThat(names(failure)).containsExactlyInAnyOrder(below + "_.hidden", below + "it_s_old/agent.log");
        assertThat(failure.directory().resolve(below + "it_s_old/agent.log")).hasContent("password [redacted]");
        assertThat(failure.manifest().remarks()).isEmpty();
    }

    @Test
    void what_is_too_much_or_refused_is_left_out_and_said() throws Exception {
        Path log = Files.createDirectories(directory.resolve("guest"));
        for (int i = 0; i < CollectedFiles.MOST_FILES + 2; i++) {
            Files.writeString(log.resolve("%03d.log".formatted(i)), "x");
        }

        Failure failure = collect(
                new Local() {
                    @Override
                    public void copyFrom(String remote, Path local) {
                        if (remote.endsWith("/000.log")) {
                            throw new TestException("permission denied\nby the guest");
                        }
                        super.copyFrom(remote, local);
                    }
                },
                GuestFamily.LINUX,
                log + "/*.log");

        assertThat(names(failure)).hasSize(CollectedFiles.MOST_FILES);
        assertThat(failure.manifest().remarks())
                .containsExactly(("Of the files to collect these were left out (up to 200 files, 64 MiB and 30 s):"
                                + " %s/000.log (permission denied), %s/201.log (1 B).")
                        .formatted(log, log));
    }

    @Test
    void a_file_that_is_too_large_leaves_room_for_others() {
        List<String> copied = new CopyOnWriteArrayList<>();
        Failure failure = collect(
                windows("104857600 C:\\Agent\\dump.bin\r\n3 C:\\Agent\\Logs\\a.log\r\n5 C:\\Other\\b.log\r\n", copied),
                GuestFamily.WINDOWS,
                "c:/agent/**");

        assertThat(copied).containsExactly("C:/Agent/Logs/a.log");
        assertThat(names(failure)).containsExactly("collected/C/Agent/Logs/a.log");
        assertThat(failure.manifest().remarks()).singleElement().asString().contains("C:/Agent/dump.bin (100.0 MiB)");
    }

    @Test
    void a_guest_that_does_not_answer_leaves_it_to_its_disk() {
        CollectedFiles files = files("/var/log/agent/**");
        files.fetch(
                guest(new Local() {
                    @Override
                    public CommandResult run(Command command) {
                        throw new InfrastructureException("It is gone.\nstandard output:\n");
                    }
                }),
                GuestFamily.LINUX);
        files.takeFrom(directory.resolve("no-disk.qcow2"));

        assertThat(keep(files).manifest().remarks())
                .anyMatch(
                        remark -> remark.startsWith(
                                "The files to collect do not come from the running guest: It is gone.; and its disk cannot be read: "));
    }

    private Failure collect(Answers answers, GuestFamily family, String... patterns) {
        CollectedFiles files = files(patterns);
        files.fetch(guest(answers), family);
        files.takeFrom(directory.resolve("not-asked-for.qcow2"));
        return keep(files);
    }

    private CollectedFiles files(String... patterns) {
        return new CollectedFiles(Stream.of(patterns).map(FilePattern::parse).toList(), directory.resolve("scratch"));
    }

    private Failure keep(CollectedFiles files) {
        try {
            Path disk = Files.createFile(directory.resolve("disk.qcow2"));
            Path image = Files.createFile(directory.resolve("disk.raw"));
            Evidence.Builder evidence = Evidence.of(disk, new Evidence.Image("image", "00", image))
                    .redaction(Redaction.of(List.of("hunter2hunter2")));
            files.addTo(evidence);
            return FailureStore.at(directory.resolve("home"))
                    .keep(new FailureDescription("[test]", "Test.test()", Kind.TEST, null), evidence.build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> names(Failure failure) {
        return failure.manifest().files().stream().map(Manifest.KeptFile::name).toList();
    }

    private static class Local implements Answers {
        @Override
        public CommandResult run(Command command) {
            try {
                Process process = new ProcessBuilder("sh", "-c", command.text()).start();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new CommandResult(command.shown(), process.waitFor(), output, "", Duration.ZERO);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void copyFrom(String remote, Path local) {
            try {
                Files.copy(Path.of(remote), local);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Answers windows(String listing, List<String> copied) {
        return new Answers() {
            @Override
            public CommandResult run(Command command) {
                return new CommandResult(command.shown(), 0, listing, "", Duration.ZERO);
            }

            @Override
            public void copyFrom(String remote, Path local) {
                copied.add(remote);
                try {
                    Files.writeString(local, "log");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private static Guest guest(Answers answers) {
        return (Guest) Proxy.newProxyInstance(
                Guest.class.getClassLoader(), new Class<?>[] {Guest.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("copyFrom")) {
                        answers.copyFrom((String) arguments[0], (Path) arguments[1]);
                        return null;
                    }
                    return answers.run((Command) arguments[0]);
                });
    }
}
