package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Retention;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Start;

/** What is set for a whole run. */
class RunSettingsTest {

    @IscsiBootedLinux(image = "debian", memory = "1G")
    @IscsiBootedLinux(image = "debian", name = "web-server")
    static class Two {
        @Test
        void test() {}
    }

    private static MachineSpec plan(String name, Map<String, String> parameters, Map<String, String> environment) {
        RunSettings settings = new RunSettings(key -> Optional.ofNullable(parameters.get(key)), environment::get);
        return MachineSpec.of(HostDeclaration.on(Two.class).get(name), settings);
    }

    @Test
    void every_attribute_can_be_set_and_wins_over_the_annotation() {
        MachineSpec plan = plan(
                "host",
                Map.of(
                        "sanboot.image", "fedora",
                        "sanboot.machine", "rack",
                        "sanboot.revert", "per_class",
                        "sanboot.start", "warm",
                        "sanboot.preserve", "ALWAYS",
                        "sanboot.readyTimeout", "10m",
                        "sanboot.memory", "2G",
                        "sanboot.cpus", "3",
                        "sanboot.firmware", "uefi",
                        "sanboot.network", "lan"),
                Map.of());

        assertThat(plan.request().image()).isEqualTo("fedora");
        assertThat(plan.request().machine()).isEqualTo("rack");
        assertThat(plan.revert()).isEqualTo(Revert.PER_CLASS);
        assertThat(plan.request().start()).isEqualTo(Start.WARM);
        assertThat(plan.preserve()).isEqualTo(Preserve.ALWAYS);
        assertThat(plan.request().readyTimeout()).hasMinutes(10);
        assertThat(plan.request().memoryMebibytes()).isEqualTo(2048);
        assertThat(plan.request().cpus()).isEqualTo(3);
        assertThat(plan.request().firmware()).contains(Firmware.UEFI);
        assertThat(plan.request().network()).contains("lan");
    }

    @Test
    void the_environment_comes_last() {
        Map<String, String> environment =
                Map.of("SANBOOT_MEMORY", "3G", "SANBOOT_READY_TIMEOUT", "7m", "SANBOOT_WEB_SERVER_CPUS", "4");

        assertThat(plan("host", Map.of(), environment).request().memoryMebibytes())
                .isEqualTo(3072);
        assertThat(plan("host", Map.of(), environment).request().readyTimeout()).hasMinutes(7);
        assertThat(plan("web-server", Map.of(), environment).request().cpus()).isEqualTo(4);
        assertThat(plan("host", Map.of("sanboot.memory", "2G"), environment)
                        .request()
                        .memoryMebibytes())
                .isEqualTo(2048);
    }

    @Test
    void what_is_set_for_one_machine_wins_over_what_is_set_for_all() {
        Map<String, String> parameters = Map.of("sanboot.image", "fedora", "sanboot.web-server.image", "suse");

        assertThat(plan("host", parameters, Map.of()).request().image()).isEqualTo("fedora");
        assertThat(plan("web-server", parameters, Map.of()).request().image()).isEqualTo("suse");
    }

    @Test
    void what_is_set_to_nothing_is_not_set() {
        assertThat(plan("host", Map.of("sanboot.memory", " "), Map.of())
                        .request()
                        .memoryMebibytes())
                .isEqualTo(1024);
    }

    @Test
    void a_wrong_setting_is_named_by_its_key() {
        assertThatThrownBy(() -> plan("host", Map.of("sanboot.firmware", "coreboot", "sanboot.cpus", "two"), Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("sanboot.cpus: 'two' is not a whole number")
                .hasMessageContaining("sanboot.firmware: 'coreboot' is none of AUTO, BIOS, UEFI");
    }

    @IscsiBooted
    static class LeavesTheImageToTheRun {
        @Test
        void test(BootedHost host) {
            host.run(host.image());
        }
    }

    @Test
    void a_configuration_parameter_reaches_the_machine() {
        CaseRun run = CaseRun.prepare(LeavesTheImageToTheRun.class)
                .with("sanboot.image", "fedora")
                .with("sanboot.revert", "PER_CLASS")
                .execute();

        assertThat(run.events()).contains("host#1 fedora");
        assertThat(run.lab().requests().get(0).purpose()).isEqualTo("RunSettingsTest.LeavesTheImageToTheRun");
    }

    static class OnMethod {
        @Test
        @IscsiBooted(image = "debian")
        void test(BootedHost host) {}
    }

    @Test
    void a_machine_on_a_method_stays_the_methods_whatever_is_set() {
        CaseRun run = CaseRun.prepare(OnMethod.class)
                .with("sanboot.revert", "PER_CLASS")
                .execute();

        assertThat(run.failures()).isEmpty();
        assertThat(run.lab().requests().get(0).purpose()).isEqualTo("RunSettingsTest.OnMethod.test()");
    }

    @ParameterizedTest
    @CsvSource({"90s, PT90S", "5m, PT5M", "5 m, PT5M", "1h, PT1H", "PT1M30S, PT90S"})
    void times_are_written_as_people_do(String text, Duration time) {
        assertThat(Quantities.duration(text)).isEqualTo(time);
    }

    @ParameterizedTest
    @CsvSource({"512M, 512", "4G, 4096", "4 GiB, 4096", "9999999G, 2147483647"})
    void sizes_are_written_as_people_do(String text, int mebibytes) {
        assertThat(Quantities.mebibytes(text)).isEqualTo(mebibytes);
    }

    @Test
    void the_budgets_of_failures_are_set_in_all_three_forms() {
        assertThat(retention(
                        Map.of("sanboot.failures.count", "5", "sanboot.failures.size", "500M"),
                        Map.of("SANBOOT_FAILURES_AGE", "2d", "SANBOOT_FAILURES_COUNT", "9")))
                .isEqualTo(new Retention(5, Duration.ofDays(2), 500L << 20));
        assertThat(retention(Map.of(), Map.of())).isEqualTo(Retention.defaults());
    }

    @Test
    void a_budget_that_is_none_is_a_mistake_that_names_its_setting() {
        assertThatThrownBy(() -> retention(Map.of("sanboot.failures.size", "much"), Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("sanboot.failures.size: 'much' is not a size");
        assertThatThrownBy(() -> retention(Map.of("sanboot.failures.count", "0"), Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the count (0) must be at least 1");
    }

    private static Retention retention(Map<String, String> parameters, Map<String, String> environment) {
        RunSettings settings = new RunSettings(key -> Optional.ofNullable(parameters.get(key)), environment::get);
        return LabSession.retention(settings, Retention.defaults());
    }
}
