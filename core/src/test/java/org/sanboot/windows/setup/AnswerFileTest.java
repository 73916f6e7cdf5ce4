package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

class AnswerFileTest {

    @TempDir
    private Path directory;

    private Map<String, SetupOptions> samples;

    /** A setting that Microsoft documents: where, and since and for which Windows. */
    private record Setting(String pass, String component, String path, String forWhom) {

        boolean fits(WindowsEdition edition) {
            return switch (forWhom) {
                case "all" -> true;
                case "until-7" -> !edition.isAtLeast(6, 2);
                case "since-8" -> edition.isAtLeast(6, 2);
                case "server-since-8" -> edition.server() && edition.isAtLeast(6, 2);
                case "vista-to-8" -> !edition.isAtLeast(6, 3);
                default -> throw new AssertionError(forWhom);
            };
        }
    }

    @BeforeEach
    void prepareSamples() {
        samples = Samples.options(directory);
    }

    @Test
    void every_setting_is_documented_for_its_component_its_pass_and_the_version() {
        Map<String, Setting> documented = documentedSettings();
        samples.forEach((name, options) -> {
            for (String used : usedSettings(options)) {
                assertThat(documented).as(name).containsKey(used);
                assertThat(documented.get(used))
                        .as(name)
                        .matches(setting -> setting.fits(options.edition()), "is for " + options.edition());
            }
        });
    }

    @Test
    void nothing_of_the_table_is_unused() {
        List<String> used = samples.values().stream()
                .flatMap(options -> usedSettings(options).stream())
                .distinct()
                .toList();

        assertThat(used)
                .containsExactlyInAnyOrderElementsOf(documentedSettings().keySet());
    }

    /** Microsoft Learn, RunSynchronousCommand "Path" and SynchronousCommand "CommandLine": 259 and 1024 characters. */
    @Test
    void commands_are_short_enough() {
        samples.values().forEach(options -> {
            elements(parse(options), "Path")
                    .forEach(path -> assertThat(path.getTextContent()).hasSizeLessThanOrEqualTo(259));
            elements(parse(options), "CommandLine")
                    .forEach(line -> assertThat(line.getTextContent()).hasSizeLessThanOrEqualTo(1024));
        });
    }

    /** Where its output goes to a file, nobody sees why the machine stays on. */
    @Test
    void the_first_logon_has_a_window_of_its_own() {
        samples.values()
                .forEach(options -> assertThat(elements(parse(options), "CommandLine"))
                        .extracting(Node::getTextContent)
                        .containsExactly("cmd.exe /c C:\\sanboot\\first-logon.cmd"));
    }

    @Test
    void a_server_gets_the_built_in_accounts_password_even_if_tests_log_in_as_another() {
        Element root = parse(samples.get("server2022-french"));

        assertThat(elements(root, "AdministratorPassword")).hasSize(1);
        assertThat(elements(root, "LocalAccount")).hasSize(1);
        assertThat(elements(root, "Username")).extracting(Node::getTextContent).containsExactly("tester");
    }

    /** Its first start would ask for it again (Microsoft Learn, "ProductKey" of Microsoft-Windows-Shell-Setup). */
    @Test
    void windows_7_gets_its_key_in_both_passes_and_later_ones_in_the_first() {
        assertThat(keys(samples.get("windows7")))
                .containsExactly(
                        "windowsPE ProductKey/Key FJ82H-XT6CR-J8D7P-XQJJ2-GPDD4",
                        "specialize FJ82H-XT6CR-J8D7P-XQJJ2-GPDD4");
        assertThat(keys(samples.get("windows10")))
                .containsExactly("windowsPE ProductKey/Key W269N-WFGWX-YVC9B-4J6C9-T83GX");
    }

    private static List<String> keys(SetupOptions options) {
        return elements(parse(options), "settings").stream()
                .flatMap(settings -> Stream.concat(
                                elements(settings, "Key").stream()
                                        .filter(key -> ((Element) key.getParentNode())
                                                .getTagName()
                                                .equals("ProductKey"))
                                        .map(key -> "ProductKey/Key " + key.getTextContent()),
                                elements(settings, "ProductKey").stream()
                                        .filter(key -> children(key).findAny().isEmpty())
                                        .map(Node::getTextContent))
                        .map(found -> settings.getAttribute("pass") + " " + found))
                .toList();
    }

    @Test
    void what_is_special_to_xml_arrives_as_it_was_given() {
        Element root = parse(samples.get("windows11"));

        assertThat(elements(root, "Username")).extracting(Node::getTextContent).containsExactly("test team");
        assertThat(elements(root, "Value")).extracting(Node::getTextContent).contains("Sample <&> Pass-1");
    }

    @Test
    void what_sysprep_finds_keeps_the_drivers_and_has_no_password() {
        Element root = parse(AnswerFile.forSysprep());

        assertThat(elements(root, "settings"))
                .extracting(settings -> settings.getAttribute("pass"))
                .containsExactly("generalize");
        assertThat(elements(root, "PersistAllDeviceInstalls")).hasSize(1);
        assertThat(elements(root, "Password")).isEmpty();
    }

    @Test
    void a_password_nobody_gave_is_long_and_different_each_time() {
        Function<SetupOptions, String> password = options ->
                elements(parse(options), "AutoLogon").get(0).getTextContent().strip();
        SetupOptions.Builder builder = SetupOptions.of(Samples.SERVER_2025).sshKey(Samples.SSH_KEY);

        assertThat(password.apply(builder.build()))
                .hasSizeGreaterThan(24)
                .isNotEqualTo(password.apply(builder.build()));
    }

    private static Map<String, Setting> documentedSettings() {
        return GoldenFilesTest.golden("answer-file-settings.txt")
                .orElseThrow()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split("\\s+"))
                .map(words -> new Setting(words[0], words[1], words[2], words[3]))
                .collect(Collectors.toMap(
                        setting -> setting.pass() + " " + setting.component() + " " + setting.path(),
                        Function.identity()));
    }

    /** The paths of all elements that have text. */
    private static List<String> usedSettings(SetupOptions options) {
        List<String> used = new ArrayList<>();
        List<Element> components = new ArrayList<>(elements(parse(options), "component"));
        components.addAll(elements(parse(AnswerFile.forSysprep()), "component"));
        for (Element component : components) {
            String pass = ((Element) component.getParentNode()).getAttribute("pass");
            children(component)
                    .forEach(child -> collect(
                            pass + " " + component.getAttribute("name") + " " + child.getTagName(), child, used));
        }
        return used;
    }

    private static void collect(String path, Element element, List<String> used) {
        if (children(element).findAny().isEmpty()) {
            used.add(path);
        }
        children(element).forEach(child -> collect(path + "/" + child.getTagName(), child, used));
    }

    private static Element parse(SetupOptions options) {
        return parse(AnswerFile.of(options));
    }

    private static Element parse(String file) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(file)))
                    .getDocumentElement();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<Element> elements(Element root, String name) {
        var nodes = root.getElementsByTagName(name);
        return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
                .map(i -> (Element) nodes.item(i))
                .toList();
    }

    private static Stream<Element> children(Element element) {
        return Stream.iterate(element.getFirstChild(), node -> node != null, Node::getNextSibling)
                .filter(Element.class::isInstance)
                .map(Element.class::cast);
    }
}
