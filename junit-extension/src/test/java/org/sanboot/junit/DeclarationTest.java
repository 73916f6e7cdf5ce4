package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GuestFamily;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Start;

/** Which annotations count, and in which order. */
class DeclarationTest {

    @IscsiBooted(image = "base")
    @IscsiBooted(image = "base-server", name = "server")
    static class Base {
        @Test
        void test() {}
    }

    @IscsiBootedLinux(image = "derived", memory = "1G")
    static class Derived extends Base {}

    static class MereHeir extends Base {}

    @Test
    void a_subclass_inherits_and_its_own_statement_wins_for_each_name() {
        assertThat(images(MereHeir.class)).containsExactlyInAnyOrder("host=base", "server=base-server");
        assertThat(images(Derived.class)).containsExactlyInAnyOrder("host=derived", "server=base-server");
        assertThat(CaseRun.of(Derived.class).lab().requests())
                .extracting(HostRequest::image)
                .containsExactlyInAnyOrder("derived", "base-server");
    }

    @IscsiBooted(image = "debian", start = Start.WARM)
    @IscsiBootedLinux(image = "debian", name = "linux", start = Start.WARM)
    @IscsiBootedWindows(image = "debian", name = "windows")
    static class StartsWarm {
        @Test
        void test() {}
    }

    @Test
    void a_machine_can_start_warm() {
        assertThat(CaseRun.of(StartsWarm.class).lab().requests())
                .extracting(HostRequest::name, HostRequest::start)
                .containsExactlyInAnyOrder(
                        tuple("host", Start.WARM), tuple("linux", Start.WARM), tuple("windows", Start.COLD));
    }

    @IscsiBooted(image = "interface")
    interface OnInterface {}

    static class Implements implements OnInterface {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void an_interface_can_state_a_machine() {
        assertThat(images(Implements.class)).containsExactly("host=interface");
        assertThat(CaseRun.of(Implements.class).events()).hasSize(3);
    }

    @IscsiBootedLinux(image = "meta", cpus = 2)
    @Retention(RetentionPolicy.RUNTIME)
    @interface OnMeta {}

    @OnMeta
    @Retention(RetentionPolicy.RUNTIME)
    @interface OnMetaOfMeta {}

    @OnMetaOfMeta
    static class UsesMeta {
        @Test
        void test(BootedHost host) {}
    }

    @OnMeta
    @IscsiBooted(image = "direct")
    static class UsesBoth {}

    @Test
    void an_annotation_of_ones_own_carries_a_machine() {
        assertThat(CaseRun.of(UsesMeta.class).lab().requests()).singleElement().satisfies(request -> {
            assertThat(request.image()).isEqualTo("meta");
            assertThat(request.cpus()).isEqualTo(2);
            assertThat(request.family()).contains(GuestFamily.LINUX);
        });
        assertThat(images(UsesBoth.class)).containsExactly("host=direct");
    }

    @IscsiBootedLinux(image = "debian", name = "a")
    @IscsiBootedLinux(image = "debian", name = "b")
    @IscsiBootedWindows(image = "win11", name = "c")
    @IscsiBootedWindows(image = "win11", name = "d")
    static class Repeats {
        @Test
        void test() {}
    }

    @Test
    void annotations_repeat() {
        assertThat(CaseRun.of(Repeats.class).lab().requests())
                .extracting(HostRequest::name)
                .containsExactly("a", "b", "c", "d");
    }

    static class OnMethods {
        @Test
        @IscsiBooted(image = "debian")
        void a(BootedHost host) {
            host.run("a");
        }

        @Test
        @IscsiBooted(image = "debian", name = "x")
        @IscsiBooted(image = "fedora", name = "y")
        void b(@Host("y") BootedHost host) {
            host.run(host.image());
        }

        @Test
        void c() {}
    }

    @IscsiBooted(image = "debian")
    @IscsiBooted(image = "debian", name = "shared", revert = Revert.PER_CLASS)
    static class MethodsOverride {
        @Test
        @IscsiBooted(image = "fedora")
        @IscsiBooted(image = "suse", name = "more")
        void a(@Host("shared") BootedHost shared, @Host("host") BootedHost host, @Host("more") BootedHost more) {}
    }

    @Test
    void a_method_can_state_machines_for_itself() {
        assertThat(CaseRun.of(OnMethods.class).events())
                .containsExactly(
                        "boot host#1",
                        "host#1 a",
                        "end host#1",
                        "discard host#1",
                        "boot x#2",
                        "boot y#3",
                        "y#3 fedora",
                        "end x#2",
                        "end y#3",
                        "discard x#2",
                        "discard y#3");
    }

    @Test
    void a_method_adds_to_and_overrides_what_its_class_states() {
        CaseRun run = CaseRun.of(MethodsOverride.class);

        assertThat(run.failures()).isEmpty();
        assertThat(run.lab().requests())
                .extracting(request -> request.name() + "=" + request.image())
                .containsExactlyInAnyOrder("shared=debian", "host=fedora", "more=suse");
    }

    @IscsiBooted(image = "a")
    @IscsiBootedLinux(image = "b")
    static class SameName {
        @Test
        void test() {}
    }

    @Test
    void two_machines_of_one_name_on_one_element_are_refused() {
        assertThatThrownBy(() -> HostDeclaration.on(SameName.class))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "Two machines have the name 'host': @IscsiBootedLinux on class %s; give each a name of its own.",
                        SameName.class.getName());
        assertThat(CaseRun.of(SameName.class).failure()).hasMessageStartingWith("Two machines have the name");
    }

    static class PerClassOnMethod {
        @Test
        @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
        void test() {}
    }

    @Test
    void per_class_is_refused_on_a_method() {
        assertThat(CaseRun.of(PerClassOnMethod.class).failure())
                .hasMessage(
                        "@IscsiBooted on method %s.test(): revert = PER_CLASS has no meaning on a method;"
                                + " state the machine on the class.",
                        PerClassOnMethod.class.getName());
    }

    @IscsiBooted(image = "debian", readyTimeout = "soon", memory = "lots", cpus = 99, name = "no name")
    static class AllWrong {
        @Test
        void test() {}
    }

    @IscsiBooted
    static class NoImage {
        @Test
        void test() {}
    }

    @Test
    void all_that_is_wrong_is_said_at_once_and_before_anything_boots() {
        CaseRun run = CaseRun.of(AllWrong.class);

        assertThat(run.failure())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("@IscsiBooted on class " + AllWrong.class.getName() + ": "
                        + "name: The host name 'no name' is not usable; take up to 30 letters, digits and hyphens; "
                        + "memory: 'lots' is not a size; write 512M or 4G; "
                        + "cpus (99) must be between 1 and 64; "
                        + "readyTimeout: 'soon' is not a time; write 90s, 5m, 1h, 2d or PT1M30S.");
        assertThat(run.events()).isEmpty();
        assertThat(CaseRun.of(NoImage.class).failure())
                .hasMessage(
                        "@IscsiBooted on class %s: image is missing; state it, or set sanboot.image.",
                        NoImage.class.getName());
    }

    @Test
    void guests_have_defaults_of_their_own() {
        RunSettings nothingSet = new RunSettings(key -> Optional.empty(), key -> null);
        HostRequest windows = MachineSpec.of(HostDeclaration.on(Repeats.class).get("c"), nothingSet)
                .request();
        HostRequest linux = MachineSpec.of(HostDeclaration.on(Repeats.class).get("a"), nothingSet)
                .request();

        assertThat(windows.memoryMebibytes()).isEqualTo(4096);
        assertThat(windows.cpus()).isEqualTo(2);
        assertThat(windows.readyTimeout()).hasMinutes(15);
        assertThat(windows.family()).contains(GuestFamily.WINDOWS);
        assertThat(linux.memoryMebibytes()).isEqualTo(512);
        assertThat(linux.cpus()).isEqualTo(1);
        assertThat(linux.readyTimeout()).hasMinutes(5);
        assertThat(linux.family()).contains(GuestFamily.LINUX);
    }

    private static Iterable<String> images(Class<?> testClass) {
        return HostDeclaration.on(testClass).values().stream()
                .map(machine -> machine.name() + "=" + machine.image())
                .toList();
    }
}
