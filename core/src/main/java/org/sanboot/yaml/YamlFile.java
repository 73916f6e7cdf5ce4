package org.sanboot.yaml;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.sanboot.ConfigurationException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * One file while it is read, and the mistakes found in it so far.
 *
 * <pre>{@code
 * YamlFile file = YamlFile.parse("lab.yaml", text);
 * Section top = file.top("the inventory").allowing(Set.of("hosts"));
 * // take the values out of it
 * file.rejectMistakes();
 * }</pre>
 */
public final class YamlFile {

    /** Many times what any of our files needs. */
    private static final int MOST_LEVELS = 100;

    private final String name;
    private final Node root;
    private final List<Problem> problems = new ArrayList<>();

    /** A mistake, and where it stands. */
    record Problem(int line, String message) {
        @Override
        public String toString() {
            return "line %d: %s".formatted(line, message);
        }
    }

    private YamlFile(String name, Node root) {
        this.name = name;
        this.root = root;
    }

    /**
     * Reads the text of a file that a user has named.
     *
     * @param title what it is in messages, such as {@code The inventory}
     * @param file of any name
     * @return the text
     * @throws ConfigurationException when there is no such file, or no text in it
     */
    public static String text(String title, Path file) {
        if (Files.isDirectory(file)) {
            throw new ConfigurationException("%s %s is a directory; name a file in it.".formatted(title, file));
        }
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("%s %s does not exist.".formatted(title, file), e);
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(
                    "%s %s is not UTF-8, in which YAML is written; save it in that encoding.".formatted(title, file),
                    e);
        } catch (IOException e) {
            throw new ConfigurationException("%s %s cannot be read: %s".formatted(title, file, e), e);
        }
    }

    /**
     * Parses a file.
     *
     * @param name of the file, for messages
     * @param yaml its text, YAML 1.2
     * @return the file, in which no mistakes are noted yet
     * @throws ConfigurationException when it is empty or is not YAML
     */
    public static YamlFile parse(String name, String yaml) {
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(name).build();
            requireShallow(name, parser(settings, yaml));
            YamlFile file = new YamlFile(
                    name,
                    new Composer(settings, parser(settings, yaml))
                            .getSingleNode()
                            .orElseThrow(() -> new ConfigurationException(name + " is empty.")));
            file.noteNuls(parser(settings, yaml));
            return file;
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            throw new ConfigurationException("%s is not YAML: line %d: %s.".formatted(name, line, e.getProblem()), e);
        } catch (YamlEngineException e) {
            throw new ConfigurationException("%s is not YAML: %s".formatted(name, e.getMessage()), e);
        }
    }

    private static ParserImpl parser(LoadSettings settings, String yaml) {
        return new ParserImpl(settings, new StreamReader(settings, yaml));
    }

    /** The library calls itself for each level, and would come to the end of the stack. */
    private static void requireShallow(String name, Iterator<Event> events) {
        int level = 0;
        while (events.hasNext()) {
            Event event = events.next();
            if (event instanceof CollectionStartEvent) {
                level++;
            } else if (event instanceof CollectionEndEvent) {
                level--;
            }
            if (level > MOST_LEVELS) {
                throw new ConfigurationException(
                        "%s is nested too deeply: line %d is in more than %d lists and mappings."
                                .formatted(name, line(event), MOST_LEVELS));
            }
        }
    }

    /** Neither a path nor a command nor an environment can hold one, and it would be cut off there. */
    private void noteNuls(Iterator<Event> events) {
        while (events.hasNext()) {
            if (events.next() instanceof ScalarEvent scalar && scalar.getValue().indexOf('\0') >= 0) {
                problems.add(new Problem(
                        line(scalar), "a text holds the character NUL; put it into a file beside this one"));
            }
        }
    }

    private static int line(Event event) {
        return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /**
     * Returns the file as a whole, which should be a mapping.
     *
     * @param title what the file is in messages, such as {@code the inventory}
     * @return the mapping
     */
    public Section top(String title) {
        return Section.of(title, root, null, problems);
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigurationException with every mistake that was noted, in the order of their lines
     */
    public void rejectMistakes() {
        if (problems.isEmpty()) {
            return;
        }
        List<String> messages = problems.stream()
                .sorted(Comparator.comparingInt(Problem::line))
                .map(Problem::toString)
                .distinct()
                .toList();
        throw new ConfigurationException("%s has %s:\n  %s"
                .formatted(
                        name,
                        messages.size() == 1 ? "a mistake" : messages.size() + " mistakes",
                        String.join("\n  ", messages)));
    }
}
