package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.sanboot.lab.BootedHost;

/** How machines come to parameters and fields. */
class InjectionTest {

    abstract static class Base {
        @Host("server")
        BootedHost server;
    }

    @IscsiBooted(image = "debian", name = "server")
    @IscsiBooted(image = "debian", name = "client")
    static class Fields extends Base {
        @Host("client")
        protected BootedHost client;

        @BeforeEach
        void before(@Host("client") BootedHost parameter) {
            server.run("field");
            client.run("field");
            parameter.run("parameter");
        }

        @Test
        void test() {}

        @Nested
        class Inner {
            @Host("client")
            BootedHost inner;

            @Test
            void test() {
                inner.run("inner");
            }
        }
    }

    @Test
    void fields_are_set_before_before_each_those_of_superclasses_and_outer_instances_too() {
        CaseRun run = CaseRun.of(Fields.class);

        assertThat(run.failures()).isEmpty();
        assertThat(run.events())
                .containsSubsequence(
                        "boot server#1", "boot client#2", "server#1 field", "client#2 field", "client#2 parameter")
                .containsSubsequence("server#3 field", "client#4 field", "client#4 inner");
    }

    @IscsiBooted(image = "debian")
    static class InConstructor {
        InConstructor(BootedHost host) {}

        @Test
        void test() {}
    }

    @Test
    void a_constructor_parameter_is_refused_and_nothing_boots() {
        CaseRun run = CaseRun.of(InConstructor.class);

        assertThat(run.failure())
                .hasMessageContaining("[org.sanboot.lab.BootedHost host] in constructor")
                .hasMessageContaining("a machine is not there yet when the constructor runs; take it as a parameter of"
                        + " the test method or of @BeforeEach, or as a field with @Host.");
        assertThat(run.events()).isEmpty();
    }

    @IscsiBooted(image = "debian")
    static class InBeforeAll {
        @BeforeAll
        static void before(BootedHost host) {}

        @Test
        void test() {}
    }

    @Test
    void before_all_is_told_that_the_machine_comes_later() {
        assertThat(CaseRun.of(InBeforeAll.class).failure())
                .hasMessageContaining(
                        "the machine is booted for each test, so there is none yet; take it in the test or"
                                + " in @BeforeEach, or state revert = PER_CLASS.");
    }

    @IscsiBooted(image = "debian", name = "server")
    @IscsiBooted(image = "debian", name = "client")
    static class Ambiguous {
        @Test
        void test(BootedHost host) {}
    }

    @IscsiBooted(image = "debian", name = "server")
    @IscsiBooted(image = "debian", name = "client")
    static class Unknown {
        @Test
        void test(@Host("sever") BootedHost host) {}
    }

    @IscsiBooted(image = "debian")
    static class NoHost {
        @Test
        void test(@Host String host) {}
    }

    @IscsiBooted(image = "debian")
    static class UnknownField {
        @Host("sever")
        BootedHost host;

        @Test
        void test() {}
    }

    @Test
    void an_ambiguous_or_unknown_machine_is_answered_with_the_names_there_are() {
        assertThat(CaseRun.of(Ambiguous.class).failure())
                .hasMessageContaining("there are several machines: server, client; say which with @Host(\"server\").");
        assertThat(CaseRun.of(Unknown.class).failure())
                .hasMessageContaining("there is no machine 'sever'; there is: server, client.");
        assertThat(CaseRun.of(UnknownField.class).failure())
                .hasMessageStartingWith("@Host field [org.sanboot.lab.BootedHost ")
                .hasMessageEndingWith("UnknownField.host] cannot be set: there is no machine 'sever'; there is: host.");
        assertThat(CaseRun.of(NoHost.class).failure())
                .hasMessageContaining("@Host needs a parameter of type BootedHost and not java.lang.String.");
    }

    @IscsiBooted(image = "debian")
    static class PrivateField {
        @Host
        private BootedHost host;

        @Test
        void test() {}
    }

    @IscsiBooted(image = "debian")
    static class StaticField {
        @Host
        static BootedHost host;

        @Test
        void test() {}
    }

    @IscsiBooted(image = "debian")
    static class FinalField {
        @Host
        final BootedHost host = null;

        @Test
        void test() {}
    }

    @IscsiBooted(image = "debian")
    static class WrongField {
        @Host
        String host;

        @Test
        void test() {}
    }

    static class PrivateFieldForMethod {
        @Host
        private BootedHost host;

        @Test
        @IscsiBooted(image = "debian")
        void test() {}
    }

    @Test
    void a_field_that_cannot_be_set_is_named_before_anything_boots() {
        assertField(PrivateField.class, "must not be private.");
        assertField(StaticField.class, "must not be static; for @BeforeAll take the machine as a parameter.");
        assertField(FinalField.class, "must not be final.");
        assertField(WrongField.class, "must be of type BootedHost and not java.lang.String.");
        assertField(PrivateFieldForMethod.class, "must not be private.");
    }

    private static void assertField(Class<?> testClass, String sentence) {
        CaseRun run = CaseRun.of(testClass);

        assertThat(run.failure())
                .hasMessageMatching("@Host field \\[.*" + testClass.getSimpleName() + "\\.host\\] .*")
                .hasMessageEndingWith(sentence);
        assertThat(run.events()).isEmpty();
    }
}
