package org.sanboot.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GuestFamily;
import org.sanboot.yaml.Section;

/** Reads the steps of a recipe; a mistake is noted in its section. */
final class StepReader {

    static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

    /** The word that says what a step is, and all keys of such a step. */
    static final Map<String, Set<String>> KEYS = Map.of(
            "file", Set.of("file", "to", "mode", "owner"),
            "text", Set.of("text", "to", "mode", "owner"),
            "package", Set.of("package", "arguments", "timeout"),
            "script", Set.of("script", "arguments", "timeout"),
            "run", Set.of("run", "timeout"),
            "driver", Set.of("driver", "timeout"),
            "registry", Set.of("registry", "values"),
            "reboot", Set.of("reboot"));

    private static final Pattern MODE = Pattern.compile("[0-7]{3,4}|[ugoa]*[-+=][rwxXst]*(,[ugoa]*[-+=][rwxXst]*)*");
    private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?");
    private static final Pattern PACKAGE_NAME = Pattern.compile("[a-z0-9][a-z0-9+.:=~-]*");
    private static final Pattern WINDOWS_PATH = Pattern.compile("[A-Za-z]:[/\\\\].*");

    private final Path directory;
    private final @Nullable GuestFamily family;

    /** Reads steps for a guest of a family; when that is not known, what depends on it is not looked at. */
    StepReader(@Nullable Path directory, @Nullable GuestFamily family) {
        this.directory = Objects.requireNonNullElse(directory, Path.of("/"));
        this.family = family;
    }

    /** Returns the step, or nothing when a mistake was noted that leaves no step. */
    Optional<Step> read(Section section) {
        List<String> words = section.keys().stream().filter(KEYS::containsKey).toList();
        if (words.size() != 1) {
            section.problem("a step is one of %s%s"
                    .formatted(sorted(KEYS.keySet()), words.isEmpty() ? "" : ", not " + String.join(" and ", words)));
            return Optional.empty();
        }
        String word = words.get(0);
        section.allowing(KEYS.getOrDefault(word, Set.of()));
        return Optional.ofNullable(
                switch (word) {
                    case "file" -> file(section);
                    case "text" -> text(section);
                    case "package" -> packages(section);
                    case "script" -> script(section);
                    case "run" -> run(section);
                    case "driver" -> driver(section);
                    case "registry" -> registry(section);
                    default -> reboot(section);
                });
    }

    private static String sorted(Set<String> words) {
        return words.stream().sorted().collect(Collectors.joining(", "));
    }

    private @Nullable Step file(Section section) {
        Path from = section.required("file", this::tree);
        String to = section.required("to", this::guestPath);
        Step.Access access = access(section);
        if (from == null || to == null) {
            return null;
        }
        String target = to.matches(".*[/\\\\]") ? to + from.getFileName() : to;
        return new Step.CopyFile(section.line(), from, target, access);
    }

    private @Nullable Step text(Section section) {
        Optional<String> text = section.exact("text");
        String to = section.required("to", this::guestPath);
        Step.Access access = access(section);
        return text.isEmpty() || to == null ? null : new Step.WriteText(section.line(), text.get(), to, access);
    }

    private Step.Access access(Section section) {
        Optional<String> mode = section.value("mode", text -> matching(MODE, text, "a mode such as 0644 or u=rw,go=r"));
        Optional<String> owner =
                section.value("owner", text -> matching(OWNER, text, "an owner such as root or root:adm"));
        for (String key : List.of("mode", "owner")) {
            if (family == GuestFamily.WINDOWS && section.has(key)) {
                section.problem(key, "'%s' means nothing to Windows; a step 'run' with icacls does".formatted(key));
            }
        }
        return new Step.Access(mode, owner);
    }

    private static String matching(Pattern pattern, String text, String what) {
        if (!pattern.matcher(text).matches()) {
            throw new ConfigurationException("'%s' is not %s.".formatted(text, what));
        }
        return text;
    }

    private @Nullable Step packages(Section section) {
        List<Path> files = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Section.Text item : section.texts("package")) {
            try {
                if (isPackageFile(item.value())) {
                    files.add(packageFile(item.value()));
                } else {
                    names.add(packageName(item.value()));
                }
            } catch (ConfigurationException e) {
                section.problem(item, String.valueOf(e.getMessage()));
            }
        }
        String arguments = section.text("arguments").orElse("");
        if (family == GuestFamily.LINUX && !arguments.isEmpty()) {
            section.problem("arguments", "'arguments' are for Windows installers only");
        }
        return files.isEmpty() && names.isEmpty()
                ? null
                : new Step.InstallPackages(section.line(), files, names, arguments, timeout(section));
    }

    private static boolean isPackageFile(String item) {
        return item.contains("/") || item.toLowerCase(Locale.ROOT).matches(".*\\.(deb|rpm|msi|exe)");
    }

    private Path packageFile(String item) {
        String lower = item.toLowerCase(Locale.ROOT);
        if (family == GuestFamily.LINUX && !lower.endsWith(".deb")) {
            throw new ConfigurationException("'%s' is not a .deb file; a step 'run' installs others.".formatted(item));
        }
        if (family == GuestFamily.WINDOWS && !lower.matches(".*\\.(msi|exe)")) {
            throw new ConfigurationException("'%s' is neither an .msi nor an .exe file.".formatted(item));
        }
        return file(item);
    }

    private String packageName(String item) {
        if (family == GuestFamily.WINDOWS) {
            throw new ConfigurationException("'%s' is neither an .msi nor an .exe file.".formatted(item));
        }
        return matching(PACKAGE_NAME, item, "the name of a package, or a .deb file");
    }

    private @Nullable Step script(Section section) {
        Path script = section.required("script", this::scriptFile);
        String arguments = section.text("arguments").orElse("");
        return script == null ? null : new Step.RunScript(section.line(), script, arguments, timeout(section));
    }

    private Path scriptFile(String text) {
        if (family == GuestFamily.WINDOWS && !text.toLowerCase(Locale.ROOT).matches(".*\\.(ps1|cmd|bat)")) {
            throw new ConfigurationException("'%s' is none of .ps1, .cmd and .bat.".formatted(text));
        }
        return file(text);
    }

    private @Nullable Step run(Section section) {
        return section.verbatim("run")
                .map(commands -> new Step.RunCommands(section.line(), "run", commands, timeout(section)))
                .orElse(null);
    }

    private @Nullable Step driver(Section section) {
        windowsOnly(section, "driver");
        Path drivers = section.required("driver", this::drivers);
        return drivers == null ? null : new Step.InstallDrivers(section.line(), drivers, timeout(section));
    }

    /** A driver is its INF file and what lies beside it. */
    private Path drivers(String text) {
        Path named = tree(text);
        Path drivers = Files.isDirectory(named) ? named : Objects.requireNonNull(named.getParent());
        try (Stream<Path> files = Files.walk(drivers)) {
            if (files.anyMatch(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".inf"))) {
                return drivers;
            }
        } catch (IOException e) {
            throw new ConfigurationException("'%s' cannot be read: %s.".formatted(text, e), e);
        }
        throw new ConfigurationException("'%s' holds no .inf file.".formatted(text));
    }

    private @Nullable Step registry(Section section) {
        windowsOnly(section, "registry");
        String key = section.required("registry", RegistryReader::key);
        List<RegistryValue> values =
                section.section("values").map(RegistryReader::values).orElse(List.of());
        if (!section.has("values")) {
            section.problem("a step 'registry' needs 'values'");
        }
        return key == null ? null : new Step.SetRegistry(section.line(), key, values);
    }

    private static @Nullable Step reboot(Section section) {
        if (section.text("reboot").filter("true"::equals).isEmpty()) {
            section.problem("a step 'reboot' is written as 'reboot: true'");
        }
        return new Step.Reboot(section.line());
    }

    private void windowsOnly(Section section, String word) {
        if (family == GuestFamily.LINUX) {
            section.problem("a step '%s' is for Windows guests, and the parent's is Linux".formatted(word));
        }
    }

    private static Duration timeout(Section section) {
        Duration timeout = section.duration("timeout", DEFAULT_TIMEOUT);
        if (timeout.isZero()) {
            section.problem("timeout", "'timeout' must be more than zero");
            return DEFAULT_TIMEOUT;
        }
        return timeout;
    }

    private Path existing(String text) {
        Path path = directory.resolve(text).normalize();
        if (!Files.isReadable(path)) {
            throw new ConfigurationException("There is no readable %s.".formatted(path));
        }
        return path;
    }

    private Path file(String text) {
        Path path = existing(text);
        if (!Files.isRegularFile(path)) {
            throw new ConfigurationException(
                    "%s is not a file%s.".formatted(path, Files.isDirectory(path) ? " but a directory" : ""));
        }
        return path;
    }

    /** A file, or a directory of nothing but files and directories: what cannot be copied would be missing in the image. */
    private Path tree(String text) {
        Path root = existing(text);
        try (Stream<Path> walk = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
            walk.forEach(StepReader::requireCopyable);
            return root;
        } catch (IOException | UncheckedIOException e) {
            throw new ConfigurationException("%s cannot be copied as a whole: %s.".formatted(root, e), e);
        }
    }

    private static void requireCopyable(Path path) {
        if (!Files.exists(path)) {
            throw new ConfigurationException("%s is a link to nothing, which cannot be copied.".formatted(path));
        }
        if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new ConfigurationException(
                    "%s is neither a file nor a directory, and cannot be copied.".formatted(path));
        }
        if (!Files.isReadable(path)) {
            throw new ConfigurationException("%s cannot be read by this user.".formatted(path));
        }
    }

    private String guestPath(String text) {
        boolean windows = WINDOWS_PATH.matcher(text).matches();
        boolean linux = text.startsWith("/");
        if (family == GuestFamily.WINDOWS ? !windows : family == GuestFamily.LINUX ? !linux : !windows && !linux) {
            throw new ConfigurationException("'%s' is not an absolute path in the guest, such as %s."
                    .formatted(text, family == GuestFamily.WINDOWS ? "C:/agent/agent.conf" : "/etc/agent.conf"));
        }
        return text;
    }
}
