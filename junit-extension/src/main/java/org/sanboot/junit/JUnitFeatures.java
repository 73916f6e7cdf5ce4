package org.sanboot.junit;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What differs between the versions of JUnit that the extension runs on, 5.12 to 6.
 *
 * <p>It is found by looking for the feature, not by comparing versions. Whatever is newer than 5.12 is used in this class
 * only, within a nested class that is loaded where the feature is there; {@code JUnitBaselineTest} holds the rest of the
 * extension to 5.12.
 */
final class JUnitFeatures {

    // Each came with 5.12, and without any of them evidence or a deadlock's prevention would be lost silently.
    private static final String[] NEEDED = {
        "org.junit.jupiter.api.extension.PreInterruptCallback",
        "org.junit.jupiter.api.extension.TestInstantiationAwareExtension",
        "org.junit.jupiter.api.parallel.ResourceLocksProvider"
    };

    private static final boolean HAS_SESSION_STORE =
            isThere("org.junit.jupiter.api.extension.ExtensionContext$StoreScope"); // 5.13
    private static final boolean HAS_COMMON_MEDIA_TYPE = isThere("org.junit.jupiter.api.MediaType"); // 5.14

    private JUnitFeatures() {}

    /**
     * Says in one sentence that this JUnit is too old and what to do, if it is.
     *
     * @param user the test class that wants machines
     */
    static Optional<String> tooOld(Class<?> user) {
        for (String needed : NEEDED) {
            if (!isThere(needed)) {
                return Optional.of(
                        ("%s wants a machine, and Sanboot needs JUnit 5.12 or newer, but JUnit %s is on the class"
                                        + " path: set the Maven property junit-jupiter.version to 5.12.2 or newer where Spring"
                                        + " Boot's parent manages it, or else import org.junit:junit-bom in such a version"
                                        + " as the first of dependencyManagement.")
                                .formatted(user.getName(), version()));
            }
        }
        return Optional.empty();
    }

    /** Returns what JUnit's own archive says, or a word for it where there is no archive. */
    private static String version() {
        String version = ExtensionContext.class.getPackage().getImplementationVersion();
        return version == null ? "of an older version" : version;
    }

    /** Tells whether something can outlive one execution of the launcher: build tools rerun failed tests in another one. */
    static boolean hasSessionStore() {
        return HAS_SESSION_STORE;
    }

    /** Returns the store that is closed at the end of the launcher's session, or else at the end of this execution. */
    static Store runStore(ExtensionContext context, Namespace namespace) {
        return HAS_SESSION_STORE
                ? SessionStore.of(context, namespace)
                : context.getRoot().getStore(namespace);
    }

    /**
     * Tells whether JUnit lets a class have locks.
     *
     * <p>5.13, which brought class templates such as {@code @ParameterizedClass}, fails each invocation of one that is
     * locked: "Dynamic test descriptors must not declare exclusive resources". 5.14 does not.
     */
    static boolean mayBeLocked(Class<?> testClass) {
        boolean failsLockedTemplates = HAS_SESSION_STORE && !HAS_COMMON_MEDIA_TYPE;
        return !failsLockedTemplates || !Templates.isOne(testClass);
    }

    /** Publishes a file of text with this subtype, such as {@code html}. */
    static void publishText(
            ExtensionContext context, String name, String subtype, Charset charset, ThrowingConsumer<Path> writer) {
        if (HAS_COMMON_MEDIA_TYPE) {
            CommonMediaType.publish(context, name, subtype, charset, writer);
        } else {
            ExtensionMediaType.publish(context, name, subtype, charset, writer);
        }
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, JUnitFeatures.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * What a store closes, in every version and however it is set up: JUnit 5.12 closes nothing but this, and newer ones
     * leave what is only AutoCloseable open where {@code junit.jupiter.extensions.store.close.autocloseable.enabled} is
     * false.
     */
    @SuppressWarnings({"deprecation", "removal"})
    interface StoreResource extends Store.CloseableResource, AutoCloseable {

        @Override
        void close();
    }

    private static final class SessionStore {

        static Store of(ExtensionContext context, Namespace namespace) {
            return context.getStore(StoreScope.LAUNCHER_SESSION, namespace);
        }
    }

    private static final class Templates {

        static boolean isOne(Class<?> testClass) {
            return AnnotationSupport.isAnnotated(testClass, ClassTemplate.class);
        }
    }

    private static final class CommonMediaType {

        static void publish(
                ExtensionContext context, String name, String subtype, Charset charset, ThrowingConsumer<Path> writer) {
            context.publishFile(name, org.junit.jupiter.api.MediaType.create("text", subtype, charset), writer);
        }
    }

    @SuppressWarnings({"deprecation", "removal"}) // its successor came with 5.14
    private static final class ExtensionMediaType {

        static void publish(
                ExtensionContext context, String name, String subtype, Charset charset, ThrowingConsumer<Path> writer) {
            context.publishFile(
                    name, org.junit.jupiter.api.extension.MediaType.create("text", subtype, charset), writer);
        }
    }
}
