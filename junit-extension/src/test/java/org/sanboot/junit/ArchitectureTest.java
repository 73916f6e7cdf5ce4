package org.sanboot.junit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.platform.launcher.LauncherDiscoveryListener;
import org.junit.platform.launcher.PostDiscoveryFilter;

@AnalyzeClasses(packages = "org.sanboot.junit", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_extension_sees_the_lab_and_its_value_types_only = classes()
            .that()
            .resideInAPackage("org.sanboot.junit..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "org.sanboot",
                    "org.sanboot.junit",
                    "org.sanboot.lab",
                    "org.sanboot.lab.terminal",
                    "org.sanboot.evidence",
                    "org.sanboot.image",
                    "org.sanboot.boot",
                    "org.junit..",
                    "org.opentest4j",
                    "org.jspecify.annotations",
                    "java..");

    @ArchTest
    static final ArchRule what_is_public_is_for_test_authors_or_made_by_junit = classes()
            .that()
            .resideInAPackage("org.sanboot.junit")
            .and()
            .doNotImplement(LauncherDiscoveryListener.class)
            .and()
            .areTopLevelClasses()
            .and()
            .arePublic()
            .and()
            .areNotAnnotations()
            .and()
            // Found as a service, for which it has to be public.
            .areNotAssignableTo(PostDiscoveryFilter.class)
            .should()
            .beEnums();
}
