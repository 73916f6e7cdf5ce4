package org.sanboot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.sanboot.lab.Lab;

/** Dependencies run one way: each package sees what stands beside it here, and nothing else of Sanboot. */
@AnalyzeClasses(packages = "org.sanboot", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String LAB = "org.sanboot.lab";

    private static final Map<String, Set<String>> MAY_SEE = Map.ofEntries(
            Map.entry("process", Set.of()),
            Map.entry("block", Set.of()),
            Map.entry("boot", Set.of()),
            Map.entry("guest", Set.of()),
            Map.entry("image", Set.of("block", "boot", "process")),
            Map.entry("inventory", Set.of("boot", "image", "yaml")),
            Map.entry("iscsi", Set.of("block")),
            Map.entry("machine", Set.of("boot", "inventory", "process")),
            Map.entry("evidence", Set.of("block", "process")),
            Map.entry("windows", Set.of("block", "boot", "process")),
            // A sibling of lab: the same parts, but a blank disk in the clone's place, and nobody's test.
            Map.entry("install", Set.of("block", "boot", "guest", "image", "iscsi", "machine", "process", "yaml")),
            Map.entry("proof", Set.of("boot", "evidence", "guest", "image", "lab")),
            Map.entry("recipe", Set.of("boot", "evidence", "guest", "image", "lab", "yaml")),
            Map.entry("yaml", Set.of()),
            Map.entry(
                    "lab",
                    Set.of("block", "boot", "evidence", "guest", "image", "inventory", "iscsi", "machine", "process")));

    @ArchTest
    static final ArchRule no_cycles =
            slices().matching("org.sanboot.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_the_command_line_prints = noClasses()
            .that()
            .resideOutsideOfPackage("org.sanboot.cli..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule ssh_is_known_to_one_package = onlyIn("com.jcraft..", "org.sanboot.guest.ssh..");

    @ArchTest
    static final ArchRule yaml_is_known_to_one_package = onlyIn("org.snakeyaml..", "org.sanboot.yaml");

    @ArchTest
    static final ArchRule command_line_parsing_is_known_to_one_package = onlyIn("picocli..", "org.sanboot.cli..");

    @ArchTest
    static final ArchRule progress_bars_are_known_to_one_package = onlyIn("me.tongfei..", "org.sanboot.cli..");

    @ArchTest
    static final ArchRule loggers_come_from_where_no_provider_is_no_warning = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.sanboot.logging.Logging")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.slf4j.LoggerFactory");

    @ArchTest
    static final ArchRule assertions_are_known_to_one_package = onlyIn("org.assertj..", "org.sanboot.guest");

    @ArchTest
    static void each_package_sees_only_what_it_may(com.tngtech.archunit.core.domain.JavaClasses all) {
        MAY_SEE.forEach((from, allowed) -> {
            Set<String> others = new TreeSet<>(MAY_SEE.keySet());
            others.add("cli");
            others.remove(from);
            others.removeAll(allowed);
            noClasses()
                    .that()
                    .resideInAPackage("org.sanboot." + from + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others.stream()
                            .map(other -> "org.sanboot." + other + "..")
                            .toArray(String[]::new))
                    .check(all);
        });
    }

    /** The lab's wings, each with those that it may see; all of them see the lab's interface. */
    private static final Map<String, Set<String>> WINGS = Map.of(
            "provision", Set.of(),
            "observation", Set.of("provision"),
            "terminal", Set.of(),
            "budget", Set.of(),
            "embedded", Set.of("provision", "observation", "budget"));

    @ArchTest
    static void each_wing_of_the_lab_sees_only_what_it_may(com.tngtech.archunit.core.domain.JavaClasses all) {
        WINGS.forEach((from, allowed) -> {
            Set<String> others = new TreeSet<>(WINGS.keySet());
            others.remove(from);
            others.removeAll(allowed);
            noClasses()
                    .that()
                    .resideInAPackage(LAB + "." + from)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(others))
                    .check(all);
        });
    }

    @ArchTest
    static final ArchRule the_interface_of_the_lab_knows_no_wing_but_to_open_one = noClasses()
            .that()
            .resideInAPackage(LAB)
            .and()
            .doNotBelongToAnyOf(Lab.class)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(LAB + ".*");

    @ArchTest
    static final ArchRule nobody_else_sees_how_the_lab_is_made = noClasses()
            .that()
            .resideOutsideOfPackages(LAB, LAB + ".embedded")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(LAB + ".embedded");

    private static String[] packages(Set<String> wings) {
        return wings.stream().map(wing -> LAB + "." + wing).toArray(String[]::new);
    }

    private static ArchRule onlyIn(String library, String home) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
