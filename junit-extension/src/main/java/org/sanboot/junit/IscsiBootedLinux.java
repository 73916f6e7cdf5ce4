package org.sanboot.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.sanboot.lab.Start;

/**
 * Boots a Linux machine from a fresh clone of a golden image for every test: {@link IscsiBooted @IscsiBooted} with
 * a processor, 512 MiB and five minutes to become ready.
 *
 * <pre>{@code
 * @IscsiBootedLinux(image = "debian-12")
 * class AgentTests {
 *
 *     @Test
 *     void the_agent_runs(BootedHost host) {
 *         assertThat(host.run("systemctl is-active agent")).hasOutput("active");
 *     }
 * }
 * }</pre>
 *
 * <p>It works as {@link IscsiBooted @IscsiBooted} does in all else. An image with another guest is refused.
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Repeatable(IscsiBootedLinux.List.class)
@ExtendWith({SanbootExtension.class, FailureInterceptor.class})
@ResourceLock(providers = SharedMachineLocks.class)
public @interface IscsiBootedLinux {

    /**
     * The golden image.
     *
     * @return its name in the catalogue; it may be left to the configuration of the run
     */
    String image() default "";

    /**
     * What the machine is called within its test.
     *
     * @return letters, digits and hyphens, at most 30
     */
    String name() default "host";

    /**
     * What machine will do: {@code qemu}, or a machine type, a host or a label of the inventory, or a requirement such as
     * {@code amd & uefi}. A physical host has the memory and the processors that it has.
     *
     * @return any that fits and is free is taken, a virtual one if one fits
     */
    String machine() default "qemu";

    /**
     * How often the machine gets a fresh clone.
     *
     * @return for every test unless stated otherwise; it cannot be stated on a method
     */
    Revert revert() default Revert.PER_TEST;

    /**
     * How the machine comes to a guest that is ready.
     *
     * @return from its firmware unless stated otherwise; {@link Start#WARM} saves most of the boot
     */
    Start start() default Start.COLD;

    /**
     * When the disk is kept.
     *
     * @return on failure unless stated otherwise
     */
    Preserve preserve() default Preserve.ON_FAILURE;

    /**
     * How long the machine may take from power-on until its guest is ready.
     *
     * @return a number with {@code s}, {@code m} or {@code h}, or an ISO 8601 duration; more than zero
     */
    String readyTimeout() default "5m";

    /**
     * The machine's memory.
     *
     * @return a number with {@code M} (MiB) or {@code G} (GiB), from 64M to 1024G
     */
    String memory() default "512M";

    /**
     * The number of processors.
     *
     * @return from 1 to 64
     */
    int cpus() default 1;

    /**
     * The firmware.
     *
     * @return the first that the image knows unless stated otherwise
     */
    FirmwareChoice firmware() default FirmwareChoice.AUTO;

    /**
     * A private network that the machine shares with others of its test, over a second network card.
     *
     * @return any name; machines of one test that name the same one reach each other, and no other test's do
     */
    String network() default "";

    /**
     * Which files of the guest are kept with a failure, such as {@code "/var/log/agent/**"}.
     *
     * @return absolute paths, in which {@code *} stands for any part of a name, {@code ?} for a character and {@code **} for
     *     directories; up to 200 files and 64 MiB are taken
     */
    String[] collect() default {};

    /**
     * What a crash of the guest means: a kernel panic, a bugcheck, a stop screen.
     *
     * @return the test fails unless stated otherwise, even if every assertion passed
     */
    GuestCrash guestCrash() default GuestCrash.FAILURE;

    /** Several machines on one element. */
    @Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Inherited
    @Documented
    @interface List {

        /**
         * The machines.
         *
         * @return each with a name of its own
         */
        IscsiBootedLinux[] value();
    }
}
