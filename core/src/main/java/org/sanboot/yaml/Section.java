package org.sanboot.yaml;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.yaml.YamlFile.Problem;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of a file: it hands out values, and notes every mistake with its line instead of throwing.
 *
 * <p>A section may stand on another one: a host's settings on those of its type.
 */
public final class Section {

    /** What a name or a label may look like. */
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /** A key of YAML 1.1 that takes over the keys of another mapping. */
    private static final String MERGE = "<<";

    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})\\s*(ms|s|m|h)");

    private final String title;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final @Nullable Section base;
    private final List<Problem> problems;

    private Section(String title, int line, @Nullable Section base, List<Problem> problems) {
        this.title = title;
        this.line = line;
        this.base = base;
        this.problems = problems;
    }

    /** Reads a node that should be a mapping; one that is not is a mistake, and an empty section. */
    static Section of(String title, Node node, @Nullable Section base, List<Problem> problems) {
        Section section = new Section(title, lineOf(node), base, problems);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(section::add);
        } else {
            section.problem(node, "%s must be a mapping, key: value".formatted(title));
        }
        return section;
    }

    private void add(NodeTuple tuple) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            problem(tuple.getKeyNode(), "a key of %s must be a word".formatted(title));
        } else if (key.getValue().equals(MERGE)) {
            problem(
                    key,
                    "%s has the key '<<', which merges nothing in YAML 1.2; write out what it stands for"
                            .formatted(title));
        } else if (values.putIfAbsent(key.getValue(), tuple.getValueNode()) != null) {
            problem(key, "%s says '%s' twice".formatted(title, key.getValue()));
        }
    }

    private static int lineOf(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /**
     * Returns where the section begins.
     *
     * @return the line, from 1
     */
    public int line() {
        return line;
    }

    /**
     * Returns the keys, those of the base aside.
     *
     * @return in the order of the file
     */
    public Set<String> keys() {
        return values.keySet();
    }

    /**
     * Tells whether this section or its base has a key.
     *
     * @param key to look for
     * @return whether it is there
     */
    public boolean has(String key) {
        return values.containsKey(key) || (base != null && base.has(key));
    }

    /**
     * Notes every key that is none of these.
     *
     * @param known the keys that mean something
     * @return this
     */
    public Section allowing(Set<String> known) {
        values.forEach((key, value) -> {
            if (!known.contains(key)) {
                problem(
                        value,
                        "%s has no '%s'; it knows %s"
                                .formatted(title, key, known.stream().sorted().collect(Collectors.joining(", "))));
            }
        });
        return this;
    }

    /**
     * Returns the sections of a mapping whose keys are names.
     *
     * @param key of the mapping
     * @param kind what each is called in messages, before its name
     * @return by name, in the order of the file; none when the key is missing
     */
    public Map<String, Section> named(String key, String kind) {
        Map<String, Section> sections = new LinkedHashMap<>();
        Node node = values.get(key);
        if (node != null) {
            Section all = of("'" + key + "'", node, null, problems);
            all.values.forEach((name, value) -> {
                if (!LABEL.matcher(name).matches()) {
                    problem(
                            value,
                            "the name '%s' must consist of letters, digits, dots, underscores and hyphens"
                                    .formatted(name));
                }
                sections.put(name, of("%s '%s'".formatted(kind, name), value, null, problems));
            });
        }
        return sections;
    }

    /**
     * Returns the sections of a list.
     *
     * @param key of the list
     * @param kind what each is called in messages
     * @return in the order of the file; none when the key is missing
     */
    public List<Section> items(String key, String kind) {
        Node node = values.get(key);
        if (node == null) {
            return List.of();
        }
        if (node instanceof SequenceNode sequence) {
            return sequence.getValue().stream()
                    .map(item -> of(kind, item, null, problems))
                    .toList();
        }
        problem(node, "'%s' of %s must be a list, each item after a hyphen".formatted(key, title));
        return List.of();
    }

    /**
     * Returns a section within this one, standing on the same section of the base.
     *
     * @param key of the section
     * @return the section, or nothing
     */
    public Optional<Section> section(String key) {
        return within(this, base, key);
    }

    /**
     * Returns a section within one, standing on the same section of another; either may be missing.
     *
     * @param own whose section wins
     * @param other whose section it stands on
     * @param key of the section
     * @return the section, or nothing when neither has it
     */
    public static Optional<Section> within(Section own, @Nullable Section other, String key) {
        Optional<Section> below = other == null ? Optional.empty() : other.section(key);
        Node node = own.values.get(key);
        return node == null
                ? below
                : Optional.of(of("'%s' of %s".formatted(key, own.title), node, below.orElse(null), own.problems));
    }

    /**
     * Returns a text, stripped; a key without a value is a mistake.
     *
     * @param key of the text
     * @return the text, never blank
     */
    public Optional<String> text(String key) {
        return verbatim(key).map(String::strip);
    }

    /**
     * Returns a text as it stands there; a key without a value is a mistake.
     *
     * @param key of the text
     * @return the text with its line ends, never blank
     */
    public Optional<String> verbatim(String key) {
        Node node = node(key);
        if (node == null) {
            return Optional.empty();
        }
        if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
            return Optional.of(scalar.getValue());
        }
        problem(node, "'%s' of %s must be one value".formatted(key, title));
        return Optional.empty();
    }

    /**
     * Returns a text as it stands there, which may be empty; a key without a value is a mistake.
     *
     * @param key of the text
     * @return the text with its line ends and blanks; empty for {@code ""}
     */
    public Optional<String> exact(String key) {
        return node(key) == null
                ? Optional.empty()
                : exact(node(key), "'%s' of %s must be one value".formatted(key, title));
    }

    private Optional<String> exact(@Nullable Node node, String mistake) {
        // Nothing at all is more likely forgotten than meant.
        if (node instanceof ScalarNode scalar
                && !(scalar.getScalarStyle() == ScalarStyle.PLAIN
                        && scalar.getValue().isBlank())) {
            return Optional.of(scalar.getValue());
        }
        problem(Objects.requireNonNull(node), mistake);
        return Optional.empty();
    }

    /**
     * Returns a list of texts as they stand there; one text may stand without brackets.
     *
     * @param key of the list
     * @return in the order of the file; nothing when the key is missing or a mistake was noted
     */
    public Optional<List<Text>> exactTexts(String key) {
        Node node = node(key);
        if (node == null) {
            return Optional.empty();
        }
        List<Text> texts = new ArrayList<>();
        List<Node> items = node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
        for (Node item : items) {
            exact(item, "'%s' of %s must be one value or a list of values".formatted(key, title))
                    .ifPresent(value -> texts.add(new Text(lineOf(item), value)));
        }
        return texts.size() == items.size() ? Optional.of(texts) : Optional.empty();
    }

    /**
     * One text of a list.
     *
     * @param line where it stands, from 1
     * @param value stripped and never blank, unless it was asked for as it stands
     */
    public record Text(int line, String value) {}

    /**
     * Returns a text that may be empty.
     *
     * @param key of the text
     * @return nothing when there is no value behind the key, not even {@code ""}
     */
    public Optional<String> possiblyEmpty(String key) {
        Node node = node(key);
        if (node instanceof ScalarNode scalar) {
            return scalar.getTag().equals(Tag.NULL) ? Optional.empty() : Optional.of(scalar.getValue());
        }
        if (node != null) {
            problem(node, "'%s' of %s must be one value".formatted(key, title));
        }
        return Optional.empty();
    }

    /**
     * Returns a list of texts; one text may stand without brackets.
     *
     * @param key of the list
     * @return in the order of the file; none when the key is missing
     */
    public List<Text> texts(String key) {
        Node node = node(key);
        if (node == null) {
            return List.of();
        }
        List<Text> texts = new ArrayList<>();
        List<Node> items = node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
        for (Node item : items) {
            if (item instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
                texts.add(new Text(lineOf(item), scalar.getValue().strip()));
            } else {
                problem(item, "'%s' of %s must be one value or a list of values".formatted(key, title));
            }
        }
        return texts;
    }

    /**
     * Tells whether a value is a word without quotes, which may be meant as a number.
     *
     * @param key of the value
     * @return whether it is one value, and plain
     */
    public boolean isPlain(String key) {
        return node(key) instanceof ScalarNode scalar && scalar.getScalarStyle() == ScalarStyle.PLAIN;
    }

    /**
     * Tells whether a value is one text.
     *
     * @param key of the value
     * @return whether it is neither a list nor a mapping
     */
    public boolean isScalar(String key) {
        return node(key) instanceof ScalarNode;
    }

    /**
     * Tells whether a value is a list with nothing in it.
     *
     * @param key of the value
     * @return whether it is {@code []}
     */
    public boolean isEmptyList(String key) {
        return node(key) instanceof SequenceNode sequence && sequence.getValue().isEmpty();
    }

    /**
     * Tells whether a value is a section of its own.
     *
     * @param key of the value
     * @return whether it is a mapping
     */
    public boolean isSection(String key) {
        return node(key) instanceof MappingNode;
    }

    /**
     * Returns a text turned into something; what cannot be turned is a mistake.
     *
     * @param <T> what it is turned into
     * @param key of the text
     * @param convert throws a {@link ConfigurationException} when it cannot
     * @return the value, or nothing when the key is missing or a mistake was noted
     */
    public <T> Optional<T> value(String key, Function<String, T> convert) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(convert.apply(text.orElseThrow()));
        } catch (ConfigurationException e) {
            problem(valueNode(key), "'%s' of %s: %s".formatted(key, title, e.getMessage()));
            return Optional.empty();
        }
    }

    /**
     * Like {@link #value}, and notes a mistake when the key is missing.
     *
     * @param <T> what it is turned into
     * @param key of the text
     * @param convert throws a {@link ConfigurationException} when it cannot
     * @return the value, or null when a mistake was noted
     */
    public <T> @Nullable T required(String key, Function<String, T> convert) {
        if (!has(key)) {
            problem("%s has no '%s'".formatted(title, key));
        }
        return value(key, convert).orElse(null);
    }

    /**
     * Returns a number.
     *
     * @param key of the number
     * @param smallest that it may be
     * @param largest that it may be
     * @param otherwise what it is when the key is missing or a mistake was noted
     * @return the number
     */
    public int number(String key, int smallest, int largest, int otherwise) {
        return value(key, text -> number(text, smallest, largest)).orElse(otherwise);
    }

    private static int number(String text, int smallest, int largest) {
        try {
            int number = Integer.parseInt(text);
            if (number >= smallest && number <= largest) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ConfigurationException("'%s' is not a number between %d and %d.".formatted(text, smallest, largest));
    }

    /**
     * Returns a time such as {@code 500ms}, {@code 30s}, {@code 5m} or {@code 1h}.
     *
     * @param key of the time
     * @param otherwise what it is when the key is missing or a mistake was noted
     * @return the time
     */
    public Duration duration(String key, Duration otherwise) {
        return value(key, Section::duration).orElse(otherwise);
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new ConfigurationException("'%s' is not a time such as 500ms, 30s or 5m.".formatted(text));
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /**
     * Converts a word to a constant, for {@link #value} and {@link #required}.
     *
     * @param <E> the constants' type
     * @param type the constants' type
     * @return the conversion, to which case does not matter
     */
    public <E extends Enum<E>> Function<String, E> oneOf(Class<E> type) {
        return text -> Stream.of(type.getEnumConstants())
                .filter(constant -> spelling(constant).equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("'%s' is none of %s."
                        .formatted(
                                text,
                                Stream.of(type.getEnumConstants())
                                        .map(Section::spelling)
                                        .collect(Collectors.joining(", ")))));
    }

    /**
     * Returns how a constant is written in a file.
     *
     * @param constant of any enumeration
     * @return its name in lower case
     */
    public static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns a list of labels; one label may stand without brackets.
     *
     * @param key of the list
     * @return in the order of the file; none when the key is missing
     */
    public Set<String> labels(String key) {
        Node node = values.get(key);
        if (node == null) {
            return Set.of();
        }
        Set<String> labels = new LinkedHashSet<>();
        List<Node> items = node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
        for (Node item : items) {
            if (item instanceof ScalarNode scalar
                    && LABEL.matcher(scalar.getValue()).matches()) {
                labels.add(scalar.getValue());
            } else {
                problem(
                        item,
                        "a label of %s must consist of letters, digits, dots, underscores and hyphens"
                                .formatted(title));
            }
        }
        return labels;
    }

    /**
     * Notes a mistake of the section as a whole.
     *
     * @param message what is wrong, without a full stop
     */
    public void problem(String message) {
        problems.add(new Problem(line, message));
    }

    /**
     * Notes a mistake of one value.
     *
     * @param key of the value; when it is missing the mistake is the section's
     * @param message what is wrong, without a full stop
     */
    public void problem(String key, String message) {
        Node node = node(key);
        problems.add(new Problem(node == null ? line : lineOf(node), message));
    }

    /**
     * Notes a mistake of a text in a list.
     *
     * @param text that is wrong
     * @param message what is wrong, without a full stop
     */
    public void problem(Text text, String message) {
        problems.add(new Problem(text.line(), message));
    }

    private void problem(Node node, String message) {
        problems.add(new Problem(lineOf(node), message));
    }

    private @Nullable Node node(String key) {
        Node own = values.get(key);
        return own != null || base == null ? own : base.node(key);
    }

    private Node valueNode(String key) {
        Node node = node(key);
        if (node == null) {
            throw new IllegalStateException(key);
        }
        return node;
    }
}
