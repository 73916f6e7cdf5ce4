package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.lab.BootedHost;

/** What happens to the machine of a class, wherever in the class something fails. */
class ClassMachinesTest {

    private static final String[] KEPT = {"end host#1", "keep host#1"};

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class Shared {
        @BeforeAll
        static void beforeAll(BootedHost host) {
            host.run("before all");
        }

        @Test
        void a(BootedHost host) {
            host.run("a");
        }

        @Test
        void b(BootedHost host) {
            host.run("b");
        }

        @Test
        void c() {
            abort("not today");
        }

        @AfterAll
        static void afterAll(BootedHost host) {
            host.run("after all");
        }
    }

    @Test
    void tests_of_a_class_share_a_machine_that_leaves_nothing_when_all_pass() {
        CaseRun run = CaseRun.of(Shared.class);

        assertThat(run.events())
                .containsExactly(
                        "boot host#1",
                        "host#1 before all",
                        "host#1 a",
                        "host#1 b",
                        "host#1 after all",
                        "end host#1",
                        "discard host#1");
        assertThat(run.lab().requests().get(0).purpose()).isEqualTo("ClassMachinesTest.Shared");
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class OneFails {
        @Test
        void a() {
            fail("broken product");
        }

        @Test
        void b(BootedHost host) {
            host.run("b");
        }
    }

    @Test
    void one_failed_test_keeps_the_machine_of_the_class_at_its_end() {
        CaseRun run = CaseRun.of(OneFails.class);

        assertThat(run.events())
                .containsExactly("boot host#1", "witness host#1", "host#1 b", "end host#1", "keep host#1");
        assertThat(run.lab().descriptions().get(0).exception()).hasMessage("broken product");
    }

    @IscsiBooted(image = "debian", name = "shared", revert = Revert.PER_CLASS)
    @IscsiBooted(image = "debian", name = "unwanted", revert = Revert.PER_CLASS, preserve = Preserve.NEVER)
    @IscsiBooted(image = "debian", name = "own")
    static class ManyFail {
        @AfterEach
        void afterEach(TestInfo test) {
            assertThat(test.getDisplayName()).as("after each").isNotEqualTo("b()");
        }

        @Test
        void a() {
            fail("broken product");
        }

        @Test
        void b() {}

        @Test
        void c() {}

        @TestFactory
        Stream<DynamicTest> factory() {
            return Stream.of("one", "two").map(name -> DynamicTest.dynamicTest(name, () -> fail(name)));
        }

        @Nested
        class Inner {
            Inner(TestInfo test) {
                if (test.getDisplayName().equals("d()")) {
                    fail("constructor");
                }
            }

            @Test
            void d() {}

            @Test
            void e() {
                abort("not today");
            }
        }
    }

    @Test
    void the_disk_of_a_class_is_set_aside_at_each_failure_and_those_of_tests_are_not() {
        CaseRun run = CaseRun.of(ManyFail.class);

        assertThat(run.lab().setAside())
                .allMatch(line -> line.startsWith("shared#"))
                .map(line -> line.replaceFirst(".*ManyFail", "").replaceFirst("\\R[\\s\\S]*", ""))
                .containsExactlyInAnyOrder(
                        ".a(): broken product",
                        ".b(): [after each] ",
                        ".factory() one: one",
                        ".factory() two: two",
                        ".Inner.d(): constructor");
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class ConstructorFails {
        private static int instances;

        ConstructorFails() {
            if (++instances == 2) {
                fail("constructor");
            }
        }

        @Test
        void a() {}

        @Test
        void b() {}
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class BeforeAllFails {
        @BeforeAll
        static void beforeAll(BootedHost host) {
            fail("before all");
        }

        @Test
        void test() {}
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class AfterAllFails {
        @Test
        void test() {}

        @AfterAll
        static void afterAll() {
            fail("after all");
        }
    }

    @Test
    void a_failing_constructor_keeps_the_machine_of_the_class() {
        assertThat(CaseRun.of(ConstructorFails.class).events())
                .startsWith("boot host#1")
                .endsWith(KEPT);
    }

    @Test
    void a_failing_before_all_keeps_the_machine_of_the_class() {
        assertThat(CaseRun.of(BeforeAllFails.class).events())
                .startsWith("boot host#1", "witness host#1")
                .endsWith(KEPT);
    }

    @Test
    void a_failing_after_all_keeps_the_machine_of_the_class() {
        assertThat(CaseRun.of(AfterAllFails.class).events())
                .startsWith("boot host#1", "witness host#1")
                .endsWith(KEPT);
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class AllDisabled {
        @Test
        @Disabled("not today")
        void a() {}

        @Nested
        class Inner {
            @Test
            @Disabled("not today")
            void b() {}
        }
    }

    @Test
    void the_machine_of_a_class_whose_tests_are_all_disabled_does_not_boot() {
        assertThat(CaseRun.of(AllDisabled.class).events()).isEmpty();
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class NestedTestFails {
        @Nested
        class Inner {
            @Test
            void test(BootedHost host) {
                host.run("inner");
                fail("nested");
            }
        }
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class NestedBeforeAllFails {
        @Test
        void test() {}

        @Nested
        class Inner {
            @BeforeAll
            static void beforeAll() {
                fail("nested before all");
            }

            @Test
            void test() {}
        }
    }

    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class NestedConstructorFails {
        @Test
        void test() {}

        @Nested
        @TestInstance(TestInstance.Lifecycle.PER_CLASS)
        class Inner {
            Inner() {
                fail("nested constructor");
            }

            @Test
            void test() {}
        }
    }

    @Test
    void a_failing_test_of_a_nested_class_keeps_the_machine_of_the_outer_one() {
        CaseRun run = CaseRun.of(NestedTestFails.class);

        assertThat(run.events())
                .containsExactly("boot host#1", "host#1 inner", "witness host#1", "end host#1", "keep host#1");
    }

    @Test
    void a_failing_before_all_of_a_nested_class_keeps_the_machine_of_the_outer_one() {
        assertThat(CaseRun.of(NestedBeforeAllFails.class).events())
                .startsWith("boot host#1", "witness host#1")
                .endsWith(KEPT);
    }

    @Test
    void a_failing_constructor_of_a_nested_class_keeps_the_machine_of_the_outer_one() {
        CaseRun run = CaseRun.of(NestedConstructorFails.class);

        assertThat(run.failure()).hasMessage("nested constructor");
        assertThat(run.events()).startsWith("boot host#1").endsWith(KEPT);
    }

    @IscsiBooted(image = "debian")
    static class NestedPerTest {
        @Test
        void test(BootedHost host) {
            host.run("outer " + host.image());
        }

        @Nested
        class Inner {
            @Test
            void test(BootedHost host) {
                host.run("inner " + host.image());
            }
        }

        @Nested
        @IscsiBooted(image = "fedora", revert = Revert.PER_CLASS)
        class Other {
            @Test
            void test(BootedHost host) {
                host.run("other " + host.image());
            }
        }
    }

    @Test
    void nested_classes_see_what_is_stated_around_them_and_may_state_otherwise() {
        assertThat(CaseRun.of(NestedPerTest.class).events())
                .filteredOn(event -> event.startsWith("host#"))
                .extracting(event -> event.substring("host#1 ".length()))
                .containsExactlyInAnyOrder("outer debian", "inner debian", "other fedora");
    }

    /** JUnit has them since 5.13; an annotation that is not there is as if it were not written. */
    static boolean hasParameterizedClasses() {
        return ParameterizedPerClass.class.getAnnotations().length == 3;
    }

    @ParameterizedClass
    @ValueSource(strings = {"good", "bad"})
    @IscsiBooted(image = "debian", revert = Revert.PER_CLASS)
    static class ParameterizedPerClass {
        private final String value;

        ParameterizedPerClass(String value) {
            this.value = value;
        }

        @Test
        void a(BootedHost host) {
            host.run(value);
            assertThat(value).isEqualTo("good");
        }

        @Test
        void b() {}
    }

    @Test
    @EnabledIf("hasParameterizedClasses")
    void all_invocations_of_a_parameterized_class_share_the_machine_of_the_class() {
        CaseRun run = CaseRun.of(ParameterizedPerClass.class);

        assertThat(run.events())
                .containsExactly(
                        "boot host#1", "host#1 good", "host#1 bad", "witness host#1", "end host#1", "keep host#1");
    }

    @ParameterizedClass
    @ValueSource(strings = {"good", "bad"})
    @IscsiBooted(image = "debian")
    static class ParameterizedPerTest {
        private final String value;

        ParameterizedPerTest(String value) {
            this.value = value;
        }

        @Test
        void test() {
            assertThat(value).isEqualTo("good");
        }
    }

    @Test
    @EnabledIf("hasParameterizedClasses")
    void tests_of_a_parameterized_class_have_machines_of_their_own() {
        assertThat(CaseRun.of(ParameterizedPerTest.class).events())
                .containsExactly(
                        "boot host#1",
                        "end host#1",
                        "discard host#1",
                        "boot host#2",
                        "witness host#2",
                        "end host#2",
                        "keep host#2");
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @IscsiBooted(image = "debian")
    static class OneInstance {
        @Host
        BootedHost host;

        @BeforeEach
        void before() {
            host.run("before");
        }

        @Test
        void a() {
            host.run("a");
            fail("broken product");
        }

        @Test
        void b() {
            host.run("b");
        }
    }

    @Test
    void each_test_has_its_own_machine_though_they_share_their_instance() {
        assertThat(CaseRun.of(OneInstance.class).events())
                .containsExactly(
                        "boot host#1",
                        "host#1 before",
                        "host#1 a",
                        "witness host#1",
                        "end host#1",
                        "keep host#1",
                        "boot host#2",
                        "host#2 before",
                        "host#2 b",
                        "end host#2",
                        "discard host#2");
    }

    @IscsiBooted(image = "debian", name = "server", revert = Revert.PER_CLASS, network = "lan")
    @IscsiBooted(image = "debian", name = "client", network = "lan")
    @IscsiBooted(image = "debian", name = "other", network = "own")
    static class Mixed {
        @Test
        void a(@Host("server") BootedHost server, @Host("client") BootedHost client) {
            fail("broken product");
        }

        @Test
        void b() {}
    }

    @Test
    void a_class_and_its_tests_can_have_machines_side_by_side_on_one_network() {
        CaseRun run = CaseRun.of(Mixed.class);

        assertThat(run.events())
                .containsExactly(
                        "boot server#1",
                        "boot client#2",
                        "boot other#3",
                        "witness client#2",
                        "witness other#3",
                        "witness server#1",
                        "end client#2",
                        "end other#3",
                        "keep client#2",
                        "keep other#3",
                        "boot client#4",
                        "boot other#5",
                        "end client#4",
                        "end other#5",
                        "discard client#4",
                        "discard other#5",
                        "end server#1",
                        "keep server#1");
        assertThat(run.lab().requests())
                .extracting(request -> request.network().orElseThrow())
                .satisfies(networks -> {
                    assertThat(networks.get(0))
                            .startsWith("lan-")
                            .isEqualTo(networks.get(1))
                            .isEqualTo(networks.get(3));
                    assertThat(networks.get(2)).startsWith("own-").isNotEqualTo(networks.get(4));
                });
    }
}
