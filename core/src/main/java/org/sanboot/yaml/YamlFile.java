package org.sanboot.yaml;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.sanboot.ConfigurationException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
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
            return new YamlFile(
                    name,
                    new Composer(settings, new ParserImpl(settings, new StreamReader(settings, yaml)))
                            .getSingleNode()
                            .orElseThrow(() -> new ConfigurationException(name + " is empty.")));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            throw new ConfigurationException("%s is not YAML: line %d: %s.".formatted(name, line, e.getProblem()), e);
        } catch (YamlEngineException e) {
            throw new ConfigurationException("%s is not YAML: %s".formatted(name, e.getMessage()), e);
        }
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
