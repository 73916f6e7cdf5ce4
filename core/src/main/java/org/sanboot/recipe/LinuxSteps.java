package org.sanboot.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.guest.Command;

/**
 * Steps in a Linux guest, done by root.
 *
 * <p>The environment, which may hold secrets, goes through standard input: command lines are for all in the guest to see.
 */
final class LinuxSteps implements GuestSteps {

    /** In memory on all that boots today, so that scripts leave nothing on the disk; it need not allow execution. */
    private static final String SCRIPTS = "/run/sanboot-recipe";

    /** What the step that runs has printed; only root's, for it may hold secrets. */
    private static final String OUTPUT = SCRIPTS + "/.output";

    /** On the disk: packages can be larger than what a small machine has of memory. */
    private static final String PACKAGES = "/var/tmp/sanboot-recipe";

    private final GuestShell shell;
    private final String environment;

    LinuxSteps(GuestShell shell, Map<String, String> environment) {
        this.shell = shell;
        // Root's path over ssh is often a user's.
        this.environment = "export PATH=\"$PATH:/usr/local/sbin:/usr/sbin:/sbin\"\n"
                + environment.entrySet().stream()
                        .map(variable -> "export %s=%s%n".formatted(variable.getKey(), quoted(variable.getValue())))
                        .collect(Collectors.joining());
    }

    @Override
    public void begin() {
        String user = shell.host().run("id -u").stdout().strip();
        if (!user.equals("0")) {
            throw new ConfigurationException(
                    "The steps of a recipe need root, and the image '%s' logs in as another user; import it with --user root."
                            .formatted(shell.host().image()));
        }
    }

    @Override
    public void copy(Step.CopyFile step) {
        shell.copy(step.from(), step.to());
        if (!step.access().equals(Step.Access.DEFAULT)) {
            StringBuilder script = new StringBuilder();
            for (Path path : contents(step.from())) {
                String copy = path.equals(step.from())
                        ? step.to()
                        : step.to() + "/" + step.from().relativize(path);
                // A directory is left to whom it belongs when it was there before.
                if (Files.isRegularFile(path)) {
                    script.append(access(step.access(), copy));
                }
            }
            shell.run(setting(script.toString()));
        }
    }

    private static List<Path> contents(Path root) {
        try (Stream<Path> walk = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
            return walk.toList();
        } catch (IOException | UncheckedIOException e) {
            throw new ConfigurationException("%s cannot be read: %s".formatted(root, e), e);
        }
    }

    @Override
    public void write(Step.WriteText step) {
        writeFile(step.to(), step.text());
        shell.run(setting(access(step.access(), step.to())));
    }

    private static Command setting(String access) {
        return Command.of("sh -e -s 2>&1").withInput(access).shownAs("set mode and owner");
    }

    private void writeFile(String path, String text) {
        shell.run(Command.of("umask 022 && mkdir -p -- \"$(dirname -- %1$s)\" && cat > %1$s".formatted(quoted(path)))
                .withInput(text)
                .shownAs("write " + path));
    }

    private static String access(Step.Access access, String path) {
        return access.mode()
                        .map(mode -> "chmod %s %s%n".formatted(mode, quoted(path)))
                        .orElse("")
                + access.owner()
                        .map(owner -> "chown %s %s%n".formatted(owner, quoted(path)))
                        .orElse("");
    }

    /** With names in it, the package manager finds what they depend on; files alone need no network. */
    @Override
    public void install(Step.InstallPackages step) {
        // Each has a directory of its own: two may have the same name.
        List<String> copies = IntStream.range(0, step.files().size())
                .mapToObj(index -> "%s/%d/%s"
                        .formatted(PACKAGES, index, step.files().get(index).getFileName()))
                .toList();
        for (int index = 0; index < copies.size(); index++) {
            shell.copy(step.files().get(index), copies.get(index));
        }
        String files = copies.stream().map(LinuxSteps::quoted).collect(Collectors.joining(" "));
        String script = step.names().isEmpty()
                ? "dpkg --install " + files
                : """
                apt-get -qq update
                apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install %s %s
                apt-get clean
                """.formatted(String.join(" ", step.names()), files);
        runText(step, "install.sh", "export DEBIAN_FRONTEND=noninteractive\n" + script, step.timeout());
        shell.run(Command.of("rm -rf " + PACKAGES));
    }

    @Override
    public void install(Step.InstallDrivers step) {
        throw new IllegalStateException("the reader lets no driver through");
    }

    @Override
    public void set(Step.SetRegistry step) {
        throw new IllegalStateException("the reader lets no registry key through");
    }

    @Override
    public void run(Step.RunScript step) {
        String remote = SCRIPTS + "/" + step.file().getFileName();
        shell.copy(step.file(), remote);
        execute(step, interpreter(firstLine(step.file())), remote, step.arguments(), step.timeout());
    }

    private static String firstLine(Path script) {
        // One character for each byte: a script is not required to be in UTF-8.
        try (Stream<String> lines = Files.lines(script, StandardCharsets.ISO_8859_1)) {
            return lines.findFirst().orElse("");
        } catch (IOException | UncheckedIOException e) {
            throw new ConfigurationException("%s cannot be read: %s".formatted(script, e), e);
        }
    }

    @Override
    public void run(Step.RunCommands step) {
        runText(step, step.word(), step.commands(), step.timeout());
    }

    private void runText(Step step, String name, String commands, Duration timeout) {
        String remote = SCRIPTS + "/" + name;
        writeFile(remote, commands);
        execute(step, interpreter(commands.lines().findFirst().orElse("")), remote, "", timeout);
    }

    /** Without another word, a script ends with its first command that fails. */
    private static String interpreter(String firstLine) {
        return firstLine.startsWith("#!") ? firstLine.substring(2).strip() : "sh -e";
    }

    /**
     * The output goes to a file first: what the script leaves running in the background would hold the connection's end of
     * a pipe, and OpenSSH waits for that. The trap lets the shell outlive the time-out for as long as it takes to print.
     */
    private void execute(Step step, String interpreter, String script, String arguments, Duration timeout) {
        String run = Stream.of(interpreter, quoted(script), arguments, "</dev/null >>" + OUTPUT + " 2>&1")
                .filter(words -> !words.isEmpty())
                .collect(Collectors.joining(" "));
        String line =
                "eval \"$(cat)\"; rm -f %1$s; (umask 077; : >%1$s); trap : TERM; %2$s; set -- $?; cat %1$s; exit $1"
                        .formatted(OUTPUT, run);
        shell.run(Command.of(line).withInput(environment).within(timeout).shownAs(step.title()));
    }

    @Override
    public void reboot() {
        shell.host().reboot();
    }

    @Override
    public void shutDown() {
        shell.run(Command.of("rm -rf %s %s; sync".formatted(SCRIPTS, PACKAGES)));
        shell.host().power().shutdown();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
