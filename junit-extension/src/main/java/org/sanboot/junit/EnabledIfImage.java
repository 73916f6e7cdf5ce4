package org.sanboot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test only where the catalogue has an image, such as one that a licence keeps from being everywhere.
 *
 * <pre>{@code
 * @IscsiBootedWindows(image = "win11")
 * @EnabledIfImage("win11")
 * class AgentTests {}
 * }</pre>
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(ImageCondition.class)
public @interface EnabledIfImage {

    /**
     * The golden image.
     *
     * @return its name in the catalogue
     */
    String value();
}
