package org.sanboot.lab.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CredentialsRefusedException;
import org.sanboot.guest.Guest;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.observation.BootWatch;

class AttributedGuestTest {

    private static final String DISK_FULL = "the disk of host failed: no space left on device";

    private final BootWatch watch = new BootWatch(
            HostRequest.of("debian").readyTimeout(Duration.ofMinutes(5)).build(),
            "host",
            Duration.ZERO,
            System::nanoTime);
    private final AtomicReference<@Nullable String> labTrouble = new AtomicReference<>();
    private boolean wasReady = true;

    static Stream<Arguments> everyRow() {
        SanbootException lost = new InfrastructureException("the connection to the guest was lost");
        SanbootException unreachable = new InfrastructureException("The guest's ssh server cannot be reached");
        SanbootException notBack = new InfrastructureException("The guest did not reboot within 300 s");
        SanbootException notReady = new BootFailedException("host did not become ready", null, null);
        SanbootException refused = new CredentialsRefusedException("The guest refuses user 'root'", null);
        SanbootException slow = new TestException("A command did not end within 60 s");
        SanbootException noFile = new ConfigurationException("There is no such file on this host");
        Named<Consumer<AttributedGuest>> run = Named.of("run", guest -> guest.run(Command.of("true")));
        Named<Consumer<AttributedGuest>> copyTo = Named.of("copyTo", guest -> guest.copyTo(Path.of("a"), "/a"));
        Named<Consumer<AttributedGuest>> copyFrom = Named.of("copyFrom", guest -> guest.copyFrom("/a", Path.of("a")));
        Named<Consumer<AttributedGuest>> reboot =
                Named.of("reboot", guest -> guest.reboot(Duration.ofMinutes(5), Optional::empty));
        Named<Consumer<AttributedGuest>> bus = Named.of("bus", Guest::bootDiskBus);
        Named<Consumer<AttributedGuest>> wait = Named.of(
                "wait", guest -> guest.attributed(() -> guest.awaitReady(Duration.ofMinutes(5), Optional::empty)));
        Class<?> lab = InfrastructureException.class;
        Class<?> product = TestException.class;
        Class<?> author = ConfigurationException.class;
        // What was done, what came of it, and whose it is: during the first boot, later, and when the lab broke.
        return Stream.of(
                arguments(run, lost, lab, product, lab),
                arguments(run, unreachable, lab, product, lab),
                arguments(run, refused, author, product, lab),
                arguments(run, slow, product, product, lab),
                arguments(copyTo, lost, lab, product, lab),
                arguments(copyTo, noFile, author, author, author),
                arguments(copyFrom, unreachable, lab, product, lab),
                arguments(reboot, lost, lab, product, lab),
                arguments(reboot, notBack, lab, product, lab),
                arguments(reboot, refused, author, product, lab),
                arguments(bus, lost, lab, product, lab),
                arguments(wait, notReady, lab, product, lab),
                arguments(wait, refused, author, product, lab));
    }

    @ParameterizedTest
    @MethodSource("everyRow")
    void a_failure_is_whose_it_is(
            Consumer<AttributedGuest> action,
            SanbootException thrown,
            Class<?> whileItBoots,
            Class<?> onceItWasReady,
            Class<?> whenTheLabBroke) {
        wasReady = false;
        assertThat(failure(action, thrown)).isInstanceOf(whileItBoots).isSameAs(thrown);

        wasReady = true;
        assertThat(failure(action, thrown)).isInstanceOf(onceItWasReady).hasMessageContaining(thrown.getMessage());

        labTrouble.set(DISK_FULL);
        assertThat(failure(action, thrown)).isInstanceOf(whenTheLabBroke).hasMessageContaining(thrown.getMessage());
    }

    @Test
    void what_was_seen_from_outside_is_told() {
        watch.brokeDown("the guest panicked: Attempted to kill init!");

        assertThat(failure(
                        guest -> guest.run("true"),
                        new InfrastructureException("the connection to the guest was lost")))
                .isInstanceOf(TestException.class)
                .hasMessage("The guest was ready before, and nothing of the lab broke (seen from outside: the guest"
                        + " panicked: Attempted to kill init!): the connection to the guest was lost");
    }

    @Test
    void a_lab_that_is_known_to_have_broken_a_moment_after_the_connection_was_lost_is_to_blame() {
        Thread machine = new Thread(() -> {
            labTrouble.set("QEMU died");
            watch.brokeDown("QEMU died");
        });

        Throwable thrown = failure(
                guest -> {
                    machine.start();
                    guest.run("true");
                },
                new InfrastructureException("the connection to the guest was lost"));

        assertThat(thrown).isInstanceOf(InfrastructureException.class);
    }

    @Test
    void an_interrupted_wait_says_nothing_about_the_guest() {
        Throwable thrown = failure(
                guest -> {
                    Thread.currentThread().interrupt();
                    guest.run("true");
                },
                new InfrastructureException("Interrupted while waiting for the guest"));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(thrown).isInstanceOf(InfrastructureException.class);
    }

    private Throwable failure(Consumer<AttributedGuest> action, SanbootException thrown) {
        Guest broken = (Guest) Proxy.newProxyInstance(
                Guest.class.getClassLoader(), new Class<?>[] {Guest.class}, (proxy, method, arguments) -> {
                    throw thrown;
                });
        AttributedGuest guest =
                new AttributedGuest(broken, () -> wasReady, () -> Optional.ofNullable(labTrouble.get()), watch);
        return catchThrowable(() -> action.accept(guest));
    }
}
