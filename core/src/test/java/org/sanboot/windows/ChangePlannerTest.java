package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

class ChangePlannerTest {

    private static final Set<PreparationSwitch> ALL = EnumSet.allOf(PreparationSwitch.class);

    @Test
    void a_second_plan_on_the_same_hive_finds_nothing_to_do() {
        Draft draft = new Draft(new MemoryMedium(WindowsImage.hive("windows10.reg")));

        List<PlannedChange> first = plan(draft, ALL);
        List<PlannedChange> second = plan(draft, ALL);

        assertThat(first).extracting(PlannedChange::kind).doesNotContain(PlannedChange.Kind.NONE);
        assertThat(second).isNotEmpty().extracting(PlannedChange::kind).containsOnly(PlannedChange.Kind.NONE);
    }

    @Test
    void filters_that_are_part_of_the_card_are_left_alone() {
        byte[] hive = WindowsImage.hive(
                "windows10.reg",
                "[ControlSet001\\Services\\WfpLwfs]\n\"Start\"=dword:00000001\n\"BootFlags\"=dword:00000000");

        assertThat(plan(new Draft(new MemoryMedium(hive)), EnumSet.of(PreparationSwitch.FILTERS_OPTIONAL_10)))
                .extracting(PlannedChange::value)
                .noneMatch(value -> value.contains("{3BFD7820"))
                .anyMatch(value -> value.contains("{B70D6460"))
                .anyMatch(value -> value.contains("{7DAF2AC8"));
    }

    @Test
    void a_driver_that_somebody_disabled_stays_disabled() {
        byte[] hive = WindowsImage.hive("windows10.reg", "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000004");

        assertThat(plan(new Draft(new MemoryMedium(hive)), EnumSet.of(PreparationSwitch.PSCHED_BOOT_START)))
                .isEmpty();
    }

    @Test
    void a_driver_whose_start_override_disables_it_stays_disabled() {
        byte[] hive = WindowsImage.hive(
                "windows10.reg", "[ControlSet001\\Services\\Psched\\StartOverride]\n\"0\"=dword:00000004");

        assertThat(plan(new Draft(new MemoryMedium(hive)), EnumSet.of(PreparationSwitch.PSCHED_BOOT_START)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Control\\CrashControl, AutoReboot, REG_DWORD, NO_AUTOMATIC_RESTART",
        "Services\\Psched, Start, REG_DWORD, PSCHED_BOOT_START",
        "Control\\Session Manager\\Power, HiberbootEnabled, REG_DWORD, NO_FAST_STARTUP",
        "Control\\Session Manager\\Memory Management, PagingFiles, REG_MULTI_SZ, NO_PAGE_FILE"
    })
    void a_value_of_another_type_is_refused_with_the_way_around_it(
            String key, String name, String type, PreparationSwitch change) {
        byte[] hive = WindowsImage.hive("windows10.reg", "[ControlSet001\\%s]\n\"%s\"=\"1\"".formatted(key, name));

        assertThatThrownBy(() -> plan(new Draft(new MemoryMedium(hive)), PreparationSwitch.defaults()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "The value ControlSet001\\%s\\%s is no %s, so that prepare cannot set it and changes nothing; set it with regedit in the running Windows, or go without it: --without %s."
                                .formatted(key, name, type, change.id()));
        Set<PreparationSwitch> without = PreparationSwitch.defaults();
        without.remove(change);
        assertThat(plan(new Draft(new MemoryMedium(hive)), without)).isNotEmpty();
    }

    /** As Windows 10 has its own filters that come later. */
    @Test
    void a_filter_that_nobody_waits_for_is_not_made_to_load_at_boot() {
        String kernel =
                "[ControlSet001\\Control\\NetworkSetup2\\Filters\\{7DAF2AC8-E9F6-4765-A842-F1F5D2501341}\\Kernel]\n\"Optional\"=dword:00000001\n";
        byte[] awaited = WindowsImage.hive("windows10.reg", kernel);
        byte[] notAwaited = WindowsImage.hive("windows10.reg", kernel + "\"NoStartAtBoot\"=dword:00000001");

        assertThat(plan(new Draft(new MemoryMedium(awaited)), EnumSet.of(PreparationSwitch.FILTERS_BOOT_START)))
                .extracting(PlannedChange::value)
                .contains("ControlSet001\\Services\\acmecap\\Start");
        assertThat(plan(new Draft(new MemoryMedium(notAwaited)), EnumSet.of(PreparationSwitch.FILTERS_BOOT_START)))
                .extracting(PlannedChange::value)
                .isNotEmpty()
                .doesNotContain("ControlSet001\\Services\\acmecap\\Start");
    }

    @Test
    void a_page_file_stays_where_windows_7_wants_one() {
        byte[] hive = WindowsImage.hive("windows7.reg");

        assertThat(new ChangePlanner(
                                installation(6),
                                Hive.open("SYSTEM", new Draft(new MemoryMedium(hive))),
                                EnumSet.of(PreparationSwitch.NO_PAGE_FILE))
                        .plan())
                .isEmpty();
    }

    @Test
    void damage_anywhere_ends_in_a_plan_or_in_one_sentence() {
        byte[] sound = WindowsImage.hive("windows10.reg");
        long seed = Long.getLong("sanboot.fuzz.seed", 1);
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 300);
        Random random = new Random(seed);
        int plans = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = sound.clone();
            ByteBuffer buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i <= random.nextInt(6); i++) {
                int at = 4096 + (random.nextInt(damaged.length - 4096) & ~3);
                buffer.putInt(at, random.nextBoolean() ? random.nextInt() : random.nextInt(damaged.length / 8) * 8);
            }
            long start = System.nanoTime();
            try {
                plan(new Draft(new MemoryMedium(damaged)), ALL);
                plans++;
            } catch (SanbootException e) {
                assertThat(e.getMessage()).as("seed %d round %d", seed, round).endsWith(".");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed %d round %d".formatted(seed, round), e);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("seed %d round %d", seed, round)
                    .isLessThan(Duration.ofSeconds(20));
        }
        assertThat(plans).isBetween(1, rounds - 1);
    }

    private static List<PlannedChange> plan(Draft draft, Set<PreparationSwitch> switches) {
        return new ChangePlanner(installation(10), Hive.open("SYSTEM", draft), switches).plan();
    }

    private static WindowsInstallation installation(int major) {
        return Installations.of(
                major == 6 ? Installations.WINDOWS_7 : Installations.WINDOWS_10, WindowsImage.hive("windows7.reg"));
    }
}
