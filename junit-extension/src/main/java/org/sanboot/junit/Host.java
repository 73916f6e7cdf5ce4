package org.sanboot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which machine a parameter or a field of type {@link org.sanboot.lab.BootedHost BootedHost} is.
 *
 * <pre>{@code
 * @IscsiBootedLinux(name = "server", image = "debian-12")
 * @IscsiBootedLinux(name = "client", image = "debian-12")
 * class TransferTests {
 *
 *     @Host("server")
 *     BootedHost server;
 *
 *     @Test
 *     void client_reaches_the_server(@Host("client") BootedHost client) {
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>A parameter needs it only when the test has several machines; a field always does. Fields are set before each test,
 * ahead of {@code @BeforeEach}; they must not be private, static or final. A machine is not there yet when the
 * constructor of the test class runs, so a constructor parameter is refused.
 */
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Host {

    /**
     * The machine's name, as its annotation states it.
     *
     * @return the name, or nothing for the only machine
     */
    String value() default "";
}
