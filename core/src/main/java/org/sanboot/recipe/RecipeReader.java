package org.sanboot.recipe;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Secret;
import org.sanboot.lab.HostRequest;
import org.sanboot.yaml.Section;
import org.sanboot.yaml.YamlFile;

/** Reads a recipe, and reports all its mistakes together. */
final class RecipeReader {

    static final Set<String> TOP = Set.of(
            "name",
            "parent",
            "firmware",
            "memory",
            "cpus",
            "readyTimeout",
            "proxy",
            "environment",
            "secrets",
            "steps",
            "check");

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final Path file;
    private final ImageCatalogue catalogue;

    RecipeReader(Path file, ImageCatalogue catalogue) {
        this.file = file;
        this.catalogue = catalogue;
    }

    Recipe read(String yaml) {
        YamlFile source = YamlFile.parse(file.toString(), yaml);
        Section top = source.top("the recipe").allowing(TOP);
        String name = name(top);
        GoldenImage parent = top.required("parent", catalogue::find);
        GuestFamily family = parent == null ? null : family(top, parent);
        HostRequest machine = machine(top, parent, family);
        Map<String, String> environment = variables(top, "environment", Section::exact);
        top.value("proxy", RecipeReader::proxy).ifPresent(proxy -> addProxy(environment, proxy));
        Map<String, Secret.Password> secrets =
                variables(top, "secrets", (section, variable) -> section.value(variable, RecipeReader::secret));
        StepReader reader = new StepReader(file.toAbsolutePath().getParent(), family);
        List<Step> steps = new ArrayList<>();
        top.items("steps", "a step").forEach(section -> reader.read(section).ifPresent(steps::add));
        if (!top.has("steps")) {
            top.problem("the recipe has no 'steps'");
        } else if (top.isEmptyList("steps")) {
            top.problem("steps", "there is nothing to do: 'steps' is empty");
        }
        List<Step> checks = top.texts("check").stream()
                .<Step>map(
                        check -> new Step.RunCommands(check.line(), "check", check.value(), StepReader.DEFAULT_TIMEOUT))
                .toList();
        source.rejectMistakes();
        return new Recipe(
                file, name, Objects.requireNonNull(parent), machine, environment, secrets, List.copyOf(steps), checks);
    }

    /** Unless the recipe says a name, the file does. */
    private String name(Section top) {
        String fileName = file.getFileName().toString();
        String stem = fileName.replaceFirst("(?<=.)\\.[^.]*$", "").toLowerCase(Locale.ROOT);
        if (top.has("name")) {
            return top.value("name", RecipeReader::imageName).orElse(stem);
        }
        try {
            return imageName(stem);
        } catch (ConfigurationException e) {
            top.problem("the file's name is no name for an image, so the recipe needs a 'name'");
            return stem;
        }
    }

    private static String imageName(String name) {
        GoldenImage.checkName(name);
        return name;
    }

    private static @Nullable GuestFamily family(Section top, GoldenImage parent) {
        return switch (parent.family()) {
            case LINUX, WINDOWS -> parent.family();
            case OTHER -> {
                top.problem(
                        "parent",
                        "the guest of '%s' is neither Linux nor Windows, and how to change another one is not known"
                                .formatted(parent.name()));
                yield null;
            }
        };
    }

    /** Machines are as the annotations of their family have them, unless the recipe says otherwise. */
    private static HostRequest machine(Section top, @Nullable GoldenImage parent, @Nullable GuestFamily family) {
        boolean windows = family == GuestFamily.WINDOWS;
        HostRequest.Builder machine = HostRequest.of(parent == null ? "" : parent.name())
                .memoryMebibytes(windows ? 4096 : 512)
                .cpus(windows ? 2 : 1)
                .readyTimeout(top.duration("readyTimeout", Duration.ofMinutes(windows ? 15 : 5)));
        var unusedMemory = top.value("memory", text -> machine.memoryMebibytes(mebibytes(text)));
        if (top.has("cpus")) {
            machine.cpus(top.number("cpus", 1, 64, 1));
        }
        Optional<Firmware> firmware = top.value("firmware", top.oneOf(Firmware.class));
        firmware.ifPresent(machine::firmware);
        if (parent != null && firmware.isPresent() && !parent.firmware().contains(firmware.orElseThrow())) {
            top.problem("firmware", "the image '%s' boots by %s only".formatted(parent.name(), parent.firmware()));
        }
        return machine.build();
    }

    private static int mebibytes(String text) {
        if (text.matches("\\d+")) {
            throw new ConfigurationException(
                    "'%s' has no unit; write %sM or %sG, for example.".formatted(text, text, text));
        }
        return (int) Math.min(ByteSize.parse(text).bytes() >> 20, Integer.MAX_VALUE);
    }

    /** Reads a mapping of names of environment variables, in alphabetical order. */
    private static <T> Map<String, T> variables(
            Section top, String key, BiFunction<Section, String, Optional<T>> reading) {
        Map<String, T> variables = new TreeMap<>();
        top.section(key)
                .ifPresent(section -> section.keys().forEach(variable -> {
                    if (!VARIABLE.matcher(variable).matches()) {
                        section.problem(
                                variable, "'%s' cannot be the name of an environment variable".formatted(variable));
                    }
                    reading.apply(section, variable).ifPresent(value -> variables.put(variable, value));
                }));
        return variables;
    }

    /** Does not quote what was given: it may be a secret that was meant to be referred to. */
    private static Secret.Password secret(String reference) {
        if (reference.matches("(env|file|command):.+") && Secret.parse(reference) instanceof Secret.Password password) {
            return password;
        }
        throw new ConfigurationException("A secret is referred to by env:NAME, file:PATH or command:WORDS.");
    }

    private static URI proxy(String text) {
        try {
            URI proxy = URI.create(text);
            if ("http".equals(proxy.getScheme()) && proxy.getHost() != null && proxy.getUserInfo() == null) {
                return proxy;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ConfigurationException(
                "'%s' is not a proxy such as http://10.0.2.2:3128, which is this host as the guest sees it."
                        .formatted(text));
    }

    /** Programs differ in which of these they look at. */
    private static void addProxy(Map<String, String> environment, URI proxy) {
        for (String variable : List.of("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")) {
            environment.putIfAbsent(variable, proxy.toString());
        }
    }
}
