package org.sanboot.logging;

import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Gives loggers of SLF4J, if the application has a provider for it.
 *
 * <p>SLF4J's own factory warns on standard error, once in a JVM, where there is no provider. A library within somebody
 * else's tests has nothing to warn of then, so the factory is not touched before a provider is known to be there. An
 * application that uses SLF4J itself is warned as ever.
 */
public final class Logging {

    private static final boolean HAS_PROVIDER = hasProvider();

    private Logging() {}

    /**
     * Returns a logger, which writes nothing where there is no provider.
     *
     * @param user whose name it has
     */
    public static Logger logger(Class<?> user) {
        return HAS_PROVIDER ? LoggerFactory.getLogger(user) : NOPLogger.NOP_LOGGER;
    }

    /** Looks as SLF4J does: for a property that names a provider, and with the class loader that it was loaded by. */
    private static boolean hasProvider() {
        return System.getProperty(LoggerFactory.PROVIDER_PROPERTY_KEY) != null
                || ServiceLoader.load(SLF4JServiceProvider.class, LoggerFactory.class.getClassLoader()).stream()
                        .findAny()
                        .isPresent();
    }
}
