package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.FieldAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Nothing of JUnit is used that the oldest supported version lacks.
 *
 * <p>The extension is compiled against a newer one, because its tests need that; so its byte code is held against the
 * oldest. What is newer stands in {@link JUnitFeatures} alone.
 */
class JUnitBaselineTest {

    private static final String OLDEST = "1.12";

    private static Set<String> newer;

    @BeforeAll
    static void compare() throws Exception {
        URL archive = JUnitArchive.of(OLDEST).get(0).toUri().toURL();
        try (URLClassLoader oldest = new URLClassLoader(new URL[] {archive}, ClassLoader.getPlatformClassLoader())) {
            newer = newer(oldest);
        }
    }

    @Test
    void the_extension_uses_nothing_that_is_newer_than_the_oldest_junit() {
        assertThat(newer).allSatisfy(use -> assertThat(use).startsWith("JUnitFeatures"));
    }

    @Test
    void what_is_newer_is_found() {
        assertThat(newer)
                .anySatisfy(use -> assertThat(use).contains("ExtensionContext$StoreScope"))
                .anySatisfy(use -> assertThat(use).contains("ExtensionContext.getStore(2)"))
                .anySatisfy(use -> assertThat(use).contains("org.junit.jupiter.api.MediaType"));
    }

    private static Set<String> newer(ClassLoader oldest) {
        Set<String> newer = new TreeSet<>();
        for (JavaClass each : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.sanboot.junit")) {
            String user = each.getName().substring("org.sanboot.junit.".length()) + ": ";
            Stream.concat(
                            each.getDirectDependenciesFromSelf().stream()
                                    .map(dependency ->
                                            dependency.getTargetClass().getBaseComponentType()),
                            each.getAnnotations().stream().map(annotation -> annotation.getRawType()))
                    .map(JavaClass::getName)
                    .filter(JUnitBaselineTest::isOfJUnit)
                    .filter(type -> load(type, oldest) == null)
                    .forEach(type -> newer.add(user + type));
            each.getAccessesFromSelf().stream()
                    .filter(access -> isOfJUnit(access.getTargetOwner().getName()))
                    .filter(access -> !isIn(access, oldest))
                    .forEach(access -> newer.add(user + described(access)));
        }
        return newer;
    }

    private static boolean isOfJUnit(String type) {
        return type.startsWith("org.junit.");
    }

    private static Class<?> load(String type, ClassLoader loader) {
        try {
            return Class.forName(type, false, loader);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private static boolean isIn(JavaAccess<?> access, ClassLoader oldest) {
        Class<?> owner = load(access.getTargetOwner().getName(), oldest);
        if (owner == null) {
            return false;
        }
        if (access.getTarget() instanceof FieldAccessTarget field) {
            return Arrays.stream(owner.getFields())
                    .anyMatch(each -> each.getName().equals(field.getName()));
        }
        CodeUnitAccessTarget called = (CodeUnitAccessTarget) access.getTarget();
        String[] parameters =
                called.getRawParameterTypes().stream().map(JavaClass::getName).toArray(String[]::new);
        return Stream.of(owner.getMethods(), owner.getConstructors(), Object.class.getMethods())
                .flatMap(Arrays::stream)
                .filter(each ->
                        called.getName().equals("<init>") || each.getName().equals(called.getName()))
                .anyMatch(each -> Arrays.equals(
                        Arrays.stream(each.getParameterTypes())
                                .map(Class::getName)
                                .toArray(String[]::new),
                        parameters));
    }

    private static String described(JavaAccess<?> access) {
        String name =
                access.getTargetOwner().getName() + "." + access.getTarget().getName();
        return access.getTarget() instanceof CodeUnitAccessTarget called
                ? name + "(" + called.getRawParameterTypes().size() + ")"
                : name;
    }
}
