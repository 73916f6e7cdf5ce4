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
 * Boots a machine from a fresh clone of a golden image for every test.
 *
 * <pre>{@code
 * @IscsiBooted(image = "debian-12")
 * class AgentTests {
 *
 *     @Test
 *     void the_agent_survives_a_power_cut(BootedHost host) {
 *         assertThat(host.run("dpkg -i /opt/agent.deb && sync")).succeeded();
 *
 *         host.power().cut();
 *         host.power().on();
 *         host.awaitReady();
 *
 *         assertThat(host.run("systemctl is-active agent")).hasOutput("active");
 *     }
 * }
 * }</pre>
 *
 * <p>On a class it holds for all tests of the class, of its nested classes and of its subclasses; on a method for that
 * method. It can be repeated, with a {@link #name()} for each machine, and put on an annotation of one's own. Where the
 * same name is stated more than once, the nearest to the test wins: method, class, superclass, enclosing class; and what
 * stands on an element itself wins over what one of its annotations carries. The machine that wins replaces the other
 * as a whole.
 *
 * <p>The machine is injected as a parameter of type {@link org.sanboot.lab.BootedHost BootedHost} into test methods and
 * lifecycle methods, and into fields with {@link Host @Host}. All machines of a test boot side by side, before
 * {@code @BeforeEach}. When a test fails, the disks of its machines are kept, and what is printed says where they are and
 * how to inspect and boot them. When a machine does not boot, the first test that needs it fails with the cause, and
 * further tests of the class that need the same machine are errors of one line that names the first, and are not run. A
 * machine with {@code revert = PER_CLASS} boots for the first test that is not disabled, or earlier for a {@code @BeforeAll}
 * or {@code @AfterAll} that takes it.
 *
 * <p>Every attribute but the name can be set for a whole run, without touching a test; this wins over the annotation.
 * {@code sanboot.memory=2G} sets it for all machines, {@code sanboot.server.memory=2G} for those of the name {@code
 * server} and wins over the former. Looked up, in this order: JUnit configuration parameter, system property, {@code
 * junit-platform.properties}, environment variable ({@code SANBOOT_MEMORY}, {@code SANBOOT_SERVER_MEMORY}, {@code
 * SANBOOT_READY_TIMEOUT}). These are looked up in the same way:
 *
 * <ul>
 *   <li>{@code sanboot.home}: the directory with images and failures
 *   <li>{@code sanboot.machines}: how many virtual machines may run at once, over all runs with this home
 *   <li>{@code sanboot.totalMemory}: how much memory they may have together, three quarters of the computer's unless set
 *   <li>{@code sanboot.machineTimeout}: how long to wait for room for them, {@code 1h} unless set
 *   <li>{@code sanboot.inventory}: the file with the machine types and physical hosts; found in the working directory or
 *       the home unless set
 *   <li>{@code sanboot.hostTimeout}: how long to wait for physical hosts that are in use, {@code 1h} unless set
 *   <li>{@code sanboot.hold}: how long the machines of a failed test stay up for a person to look at, such as {@code 10m};
 *       the commands are printed, and Enter lets the test go on; not at all unless set
 *   <li>{@code sanboot.bootRetries}: how often a boot that failed is tried again, 0 unless set
 *   <li>{@code sanboot.bootFailures.limit}: after how many failed boots in a row of one image on one type of machine and
 *       firmware further ones fail at once, 2 unless set, 0 for never; a run of tests that failed tries one more
 *   <li>{@code sanboot.memoryDump}, also for one machine as above: {@code true} to save the guest's memory when a test fails
 *   <li>{@code sanboot.tpm}, likewise: {@code true} for a virtual machine with a TPM 2.0
 * </ul>
 *
 * @see IscsiBootedLinux
 * @see IscsiBootedWindows
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Repeatable(IscsiBooted.List.class)
@ExtendWith({SanbootExtension.class, FailureInterceptor.class})
@ResourceLock(providers = SharedMachineLocks.class)
public @interface IscsiBooted {

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
        IscsiBooted[] value();
    }
}
