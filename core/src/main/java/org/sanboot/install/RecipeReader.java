package org.sanboot.install;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Credentials;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.Secret;
import org.sanboot.yaml.Section;
import org.sanboot.yaml.YamlFile;

/** Reads the YAML form of an {@link InstallRecipe}, and reports all its mistakes together. */
final class RecipeReader {

    private static final Set<String> TOP = Set.of(
            "install",
            "parameters",
            "machine",
            "boot",
            "media",
            "answers",
            "login",
            "end",
            "consoleLine",
            "stuckAfter",
            "timeout");
    private static final Set<String> MACHINE =
            Set.of("firmware", "bootable", "memory", "cpus", "disk", "nic", "gateway", "tpm", "bootFile");
    private static final Set<String> BOOT = Set.of("kernel", "initrds", "arguments", "pressKey");
    private static final Set<String> MEDIA = Set.of("discs", "floppy");
    private static final Set<String> ANSWERS = Set.of("place", "files");
    private static final Set<String> LOGIN = Set.of("user", "secret");

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([a-z][A-Za-z0-9-]*)}");
    private static final String ANSWERS_NAME = "answers";

    private final Path file;
    private final Path directory;
    private final Map<String, String> parameters = new LinkedHashMap<>();

    private enum End {
        POWER_OFF,
        RESTART,
        SYSTEM_POWER_OFF,
        CONSOLE,
        SSH
    }

    private enum Gateway {
        SITE,
        NONE
    }

    private RecipeReader(Path file) {
        this.file = file;
        this.directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
    }

    static InstallRecipe read(Path file, Map<String, String> given) {
        return new RecipeReader(file).read(YamlFile.text("The recipe", file), given);
    }

    private InstallRecipe read(String text, Map<String, String> given) {
        YamlFile yaml = YamlFile.parse(file.toString(), text);
        Section top = yaml.top("the recipe");
        if (!top.has("install")) {
            throw new ConfigurationException(
                    "%s is no recipe of an installation: it does not begin with 'install: linux' or the like. A recipe that changes an image is for 'sanboot image build'."
                            .formatted(file));
        }
        top.allowing(TOP);
        readParameters(top, given);
        InstallRecipe.Builder recipe = machine(top);
        boot(top, recipe);
        media(top, recipe);
        answers(top, recipe);
        login(top, recipe);
        end(top, recipe);
        checked(top, "stuckAfter", () -> recipe.stuckAfter(top.duration("stuckAfter", InstallRecipe.STUCK_AFTER)));
        checked(top, "timeout", () -> recipe.timeout(top.duration("timeout", InstallRecipe.TIMEOUT)));
        yaml.rejectMistakes();
        try {
            return recipe.build();
        } catch (ConfigurationException e) {
            throw new ConfigurationException("%s: %s".formatted(file, e.getMessage()), e);
        }
    }

    private void readParameters(Section top, Map<String, String> given) {
        top.section("parameters").ifPresent(section -> section.keys().forEach(name -> parameter(section, name, given)));
        Set<String> unknown = new TreeSet<>(given.keySet());
        unknown.removeAll(parameters.keySet());
        if (!unknown.isEmpty()) {
            top.problem("the recipe has no parameter '%s'; it knows %s"
                    .formatted(
                            String.join("', '", unknown),
                            parameters.isEmpty() ? "none" : String.join(", ", parameters.keySet())));
        }
    }

    /** A parameter without a value must be given. */
    private void parameter(Section section, String name, Map<String, String> given) {
        if (!REFERENCE.matcher("${" + name + "}").matches() || name.equals(ANSWERS_NAME)) {
            section.problem(
                    name,
                    "the parameter '%s' must be a word that begins with a small letter, and not '%s'"
                            .formatted(name, ANSWERS_NAME));
        }
        Optional<String> value = Optional.ofNullable(given.get(name)).or(() -> section.possiblyEmpty(name));
        if (value.isEmpty()) {
            section.problem(
                    name, "the parameter '%s' has no default and was not given: --set %s=VALUE".formatted(name, name));
        }
        parameters.put(name, value.orElse(""));
    }

    private InstallRecipe.Builder machine(Section top) {
        GuestFamily family = Optional.ofNullable(top.required("install", top.oneOf(GuestFamily.class)))
                .orElse(GuestFamily.OTHER);
        Section machine = top.section("machine").orElse(null);
        if (machine == null) {
            top.problem("the recipe has no 'machine'");
            return InstallRecipe.builder(family, ByteSize.parse("1G"));
        }
        machine.allowing(MACHINE);
        ByteSize disk = Optional.ofNullable(
                        machine.required("disk", filled(text -> InstallRecipe.largeEnough(ByteSize.parse(text)))))
                .orElse(ByteSize.parse("1G"));
        InstallRecipe.Builder recipe = InstallRecipe.builder(family, disk);
        machine.value("firmware", filled(machine.oneOf(Firmware.class))).ifPresent(recipe::firmware);
        Set<Firmware> bootable = EnumSet.noneOf(Firmware.class);
        for (Section.Text firmware : machine.texts("bootable")) {
            checked(
                    machine,
                    "bootable",
                    () -> bootable.add(machine.oneOf(Firmware.class).apply(firmware.value())));
        }
        if (!bootable.isEmpty()) {
            recipe.bootableBy(bootable);
        }
        machine.value("memory", filled(ByteSize::parse))
                .ifPresent(memory -> checked(
                        machine,
                        "memory",
                        () -> recipe.memoryMebibytes((int) Math.min(memory.bytes() >> 20, Integer.MAX_VALUE))));
        recipe.cpus(machine.number("cpus", 1, 64, 1));
        machine.value("nic", filled(Function.identity())).ifPresent(recipe::networkCard);
        if (machine.value("gateway", machine.oneOf(Gateway.class)).orElse(Gateway.SITE) == Gateway.NONE) {
            recipe.withoutGateway();
        }
        machine.value("tpm", RecipeReader::yesOrNo).filter(yes -> yes).ifPresent(yes -> recipe.tpm());
        machine.value("bootFile", filled(Function.identity())).ifPresent(recipe::bootFile);
        return recipe;
    }

    private void boot(Section top, InstallRecipe.Builder recipe) {
        top.section("boot").ifPresent(boot -> {
            boot.allowing(BOOT);
            if (boot.has("kernel")) {
                Path kernel = boot.value("kernel", filled(this::path)).orElse(null);
                List<Path> initrds = new ArrayList<>();
                boot.texts("initrds")
                        .forEach(initrd -> checked(
                                boot,
                                "initrds",
                                () -> initrds.add(filled(this::path).apply(initrd.value()))));
                String arguments =
                        boot.value("arguments", filled(Function.identity())).orElse("");
                if (kernel != null) {
                    checked(boot, "kernel", () -> recipe.kernel(kernel, initrds, arguments));
                }
            } else if (boot.has("initrds") || boot.has("arguments")) {
                boot.problem("'initrds' and 'arguments' of 'boot' go with a 'kernel' only");
            }
            boot.value("pressKey", RecipeReader::yesOrNo).filter(yes -> yes).ifPresent(yes -> recipe.pressKey());
        });
    }

    private void media(Section top, InstallRecipe.Builder recipe) {
        top.section("media").ifPresent(media -> {
            media.allowing(MEDIA);
            media.texts("discs")
                    .forEach(disc -> checked(
                            media, "discs", () -> recipe.disc(filled(this::path).apply(disc.value()))));
            media.value("floppy", filled(this::path))
                    .ifPresent(floppy -> checked(media, "floppy", () -> recipe.floppy(floppy)));
        });
    }

    private void answers(Section top, InstallRecipe.Builder recipe) {
        top.section("answers").ifPresent(answers -> {
            answers.allowing(ANSWERS);
            AnswerPlace place =
                    answers.value("place", answers.oneOf(AnswerPlace.class)).orElse(AnswerPlace.HTTP);
            List<AnswerFile> files = new ArrayList<>();
            answers.section("files").ifPresent(section -> {
                for (String name : section.keys()) {
                    section.verbatim(name)
                            .ifPresent(value -> checked(section, name, () -> files.add(answerFile(name, value))));
                }
            });
            if (files.isEmpty() && !answers.has("files")) {
                answers.problem("'answers' has no 'files'");
            }
            recipe.answers(place, files);
        });
    }

    /** A value of several lines is the text itself, one of one line the file that it is in. */
    private AnswerFile answerFile(String name, String value) {
        if (value.strip().contains("\n")) {
            return AnswerFile.of(name, fillKnown(value));
        }
        String text = readText(filled(this::path).apply(value.strip()));
        return new AnswerFile(name, fillKnown(text, RecipeReader::bytesOfUtf8).getBytes(ISO_8859_1));
    }

    private static String readText(Path path) {
        try {
            // Byte by byte: an answer file need not be text.
            return Files.readString(path, ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException("The file %s cannot be read.".formatted(path), e);
        }
    }

    private void login(Section top, InstallRecipe.Builder recipe) {
        top.section("login").ifPresent(login -> {
            login.allowing(LOGIN);
            String user = login.required("user", filled(Function.identity()));
            Secret secret = login.required("secret", filled(Secret::parse));
            if (user != null && secret != null) {
                checked(login, "user", () -> recipe.credentials(new Credentials(user, secret)));
            }
        });
    }

    private void end(Section top, InstallRecipe.Builder recipe) {
        End end = top.value("end", RecipeReader::end).orElse(End.POWER_OFF);
        if (end != End.CONSOLE && top.has("consoleLine")) {
            top.problem("'consoleLine' goes with 'end: console' only");
        }
        switch (end) {
            case POWER_OFF -> recipe.end(new InstallEnd.PowerOff());
            case RESTART -> recipe.end(new InstallEnd.Restart());
            case SYSTEM_POWER_OFF -> recipe.end(new InstallEnd.SystemPowerOff());
            case SSH -> {
                recipe.end(new InstallEnd.SshReady());
                if (!top.has("login")) {
                    top.problem("'end: ssh' needs a 'login'");
                }
            }
            case CONSOLE ->
                Optional.ofNullable(top.required("consoleLine", RecipeReader::pattern))
                        .ifPresent(line -> recipe.end(new InstallEnd.ConsoleLine(line)));
        }
    }

    private static End end(String text) {
        for (End end : End.values()) {
            if (Section.spelling(end).replace('_', '-').equals(text)) {
                return end;
            }
        }
        throw new ConfigurationException(
                "'%s' is none of power-off, restart, system-power-off, console, ssh.".formatted(text));
    }

    private static Pattern pattern(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new ConfigurationException(
                    "'%s' is no regular expression: %s.".formatted(text, e.getDescription()), e);
        }
    }

    private static boolean yesOrNo(String text) {
        return switch (text) {
            case "true", "yes" -> true;
            case "false", "no" -> false;
            default -> throw new ConfigurationException("'%s' is neither true nor false.".formatted(text));
        };
    }

    private Path path(String text) {
        Path path = directory.resolve(text).normalize();
        if (!Files.isReadable(path) || Files.isDirectory(path)) {
            throw new ConfigurationException("The file %s does not exist or is not readable.".formatted(path));
        }
        return path;
    }

    /** Fills in the parameters, before something is made of a text. */
    private <T> Function<String, T> filled(Function<String, T> convert) {
        return text -> {
            Matcher matcher = REFERENCE.matcher(text);
            while (matcher.find()) {
                String name = matcher.group(1);
                if (!name.equals(ANSWERS_NAME) && !parameters.containsKey(name)) {
                    throw new ConfigurationException("${%s} is no parameter of the recipe.".formatted(name));
                }
            }
            return convert.apply(fillKnown(text).strip());
        };
    }

    /** In answer files, what is no parameter is the installer's own. */
    private String fillKnown(String text) {
        return fillKnown(text, Function.identity());
    }

    private String fillKnown(String text, Function<String, String> encode) {
        return REFERENCE
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(Optional.ofNullable(parameters.get(match.group(1)))
                        .map(encode)
                        .orElse(match.group())));
    }

    /** Among bytes that were read one by one, a value stands as its bytes, too. */
    private static String bytesOfUtf8(String value) {
        return new String(value.getBytes(UTF_8), ISO_8859_1);
    }

    private static void checked(Section section, String key, Runnable action) {
        try {
            action.run();
        } catch (ConfigurationException e) {
            section.problem(key, "'%s': %s".formatted(key, e.getMessage()));
        }
    }
}
