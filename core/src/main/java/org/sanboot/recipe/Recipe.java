package org.sanboot.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Secret;
import org.sanboot.lab.HostRequest;
import org.sanboot.yaml.YamlFile;

/**
 * What is done to a clone of a parent image, in its booted guest, to make an image of it; immutable.
 *
 * <p>It is read from YAML, whose form the JSON schema {@value #SCHEMA} beside this class describes:
 *
 * <pre>
 * parent: debian
 * steps:
 *   - file: agent.conf
 *     to: /etc/agent.conf
 *   - package: agent.deb
 * check: systemctl is-enabled agent
 * </pre>
 */
public final class Recipe {

    /** The resource that describes the file's form to editors. */
    public static final String SCHEMA = "sanboot-recipe.schema.json";

    /** Goes into every digest; another number when steps come to mean something else. */
    private static final String FORMAT = "1";

    private final Path file;
    private final String name;
    private final GoldenImage parent;
    private final HostRequest machine;
    private final Map<String, String> environment;
    private final Map<String, Secret.Password> secrets;
    private final List<Step> steps;
    private final List<Step> checks;

    Recipe(
            Path file,
            String name,
            GoldenImage parent,
            HostRequest machine,
            Map<String, String> environment,
            Map<String, Secret.Password> secrets,
            List<Step> steps,
            List<Step> checks) {
        this.file = file;
        this.name = name;
        this.parent = parent;
        this.machine = machine;
        this.environment = environment;
        this.secrets = secrets;
        this.steps = steps;
        this.checks = checks;
    }

    /**
     * Reads a recipe.
     *
     * @param file YAML 1.2; the files that it names are found from its directory
     * @param catalogue in which the parent is
     * @return the recipe, whose image is called like the file unless it says otherwise
     * @throws ConfigurationException when it cannot be read, or with all its mistakes and their lines
     */
    public static Recipe read(Path file, ImageCatalogue catalogue) {
        return new RecipeReader(file, catalogue).read(YamlFile.text("The recipe", file));
    }

    /**
     * Gives the image another name.
     *
     * @param name of the image
     * @return the same recipe for an image of that name
     * @throws ConfigurationException when it is no name for an image
     */
    public Recipe named(String name) {
        GoldenImage.checkName(name);
        return new Recipe(file, name, parent, machine, environment, secrets, steps, checks);
    }

    /**
     * Returns what the image is called.
     *
     * @return the name that means its newest version
     */
    public String name() {
        return name;
    }

    /**
     * Returns what the image is made of.
     *
     * @return an image of the catalogue
     */
    public GoldenImage parent() {
        return parent;
    }

    /**
     * Returns what is done, in order.
     *
     * @return one line for each step and check, with its line in the recipe
     */
    public List<String> outline() {
        return java.util.stream.Stream.concat(steps.stream(), checks.stream())
                .map(step -> "line %d: %s".formatted(step.line(), step.title()))
                .toList();
    }

    /**
     * Computes what makes this recipe's image differ from others: the parent's disk, what is done to it, and the contents
     * of all files that takes. Secrets take part as references, and how long something may take does not.
     *
     * @return a SHA-256 in hexadecimal digits
     * @throws ConfigurationException when a file cannot be read
     */
    public String digest() {
        RecipeDigest digest = new RecipeDigest();
        digest.add("format", FORMAT);
        digest.add("parent", parent.sha256());
        digest.add("firmware", machine.firmware().map(Enum::name).orElse(""));
        digest.add("memory", String.valueOf(machine.memoryMebibytes()));
        digest.add("cpus", String.valueOf(machine.cpus()));
        environment.forEach((variable, value) -> {
            digest.add("environment", variable);
            digest.add("value", value);
        });
        secrets.forEach((variable, secret) -> {
            digest.add("secret", variable);
            digest.add("reference", secret.toString());
        });
        steps.forEach(step -> step.addTo(digest));
        checks.forEach(check -> check.addTo(digest));
        return digest.hex();
    }

    Path file() {
        return file;
    }

    HostRequest machine() {
        return machine;
    }

    Map<String, String> environment() {
        return environment;
    }

    Map<String, Secret.Password> secrets() {
        return secrets;
    }

    List<Step> steps() {
        return steps;
    }

    List<Step> checks() {
        return checks;
    }
}
