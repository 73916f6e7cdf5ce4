package org.sanboot.junit;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Optional;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.sanboot.ConfigurationException;

/**
 * Ends a run that wants machines where JUnit is too old, with one sentence; JUnit's launcher finds it as a service.
 *
 * <p>It excludes nothing. An older JUnit could not even read the annotations ("IncompleteAnnotationException", and that
 * ends the run too), and comes upon them before it calls any extension, so there is no place to say it nearer to the test.
 */
public final class JUnitVersionFilter implements PostDiscoveryFilter {

    /** Created by JUnit's launcher. */
    public JUnitVersionFilter() {}

    /**
     * Includes every test.
     *
     * @throws ConfigurationException if the test wants a machine and this JUnit is too old for the extension
     */
    @Override
    public FilterResult apply(TestDescriptor descriptor) {
        descriptor
                .getSource()
                .flatMap(JUnitVersionFilter::userOfMachines)
                .ifPresent(user -> JUnitFeatures.tooOld(user).ifPresent(sentence -> {
                    throw new ConfigurationException(sentence);
                }));
        return FilterResult.included("JUnit is new enough for it");
    }

    private static Optional<Class<?>> userOfMachines(TestSource source) {
        if (source instanceof ClassSource it) {
            return Optional.<Class<?>>of(it.getJavaClass()).filter(JUnitVersionFilter::wantsMachine);
        }
        if (source instanceof MethodSource it) {
            Method method = it.getJavaMethod();
            return Optional.<Class<?>>of(method.getDeclaringClass()).filter(type -> wantsMachine(method));
        }
        return Optional.empty();
    }

    private static boolean wantsMachine(AnnotatedElement element) {
        try {
            return !HostDeclaration.on(element).isEmpty();
        } catch (ConfigurationException e) {
            // What is stated is wrong, which is another message; that something is stated is what counts here.
            return true;
        }
    }
}
