package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionRuleTest {

    /** A server has the kernel of a client, and its rules. */
    @ParameterizedTest
    @CsvSource({
        "5, 1, 2600, ''", // XP
        "5, 2, 3790, ''", // Server 2003
        "6, 0, 6002, JUDGED", // Vista, Server 2008
        "6, 1, 7601, JUDGED", // 7, Server 2008 R2
        "6, 2, 9200, JUDGED START_OVERRIDE FAST_STARTUP", // 8, Server 2012
        "6, 3, 9600, JUDGED START_OVERRIDE FAST_STARTUP", // 8.1, Server 2012 R2
        "10, 0, 10240, JUDGED FILTERS_IN_NETWORK_SETUP START_OVERRIDE FAST_STARTUP PAGE_FILE_AT_RISK",
        "10, 0, 14393, JUDGED FILTERS_IN_NETWORK_SETUP START_OVERRIDE FAST_STARTUP PAGE_FILE_AT_RISK MEMORY_INTEGRITY",
        "10, 0, 20348, JUDGED FILTERS_IN_NETWORK_SETUP START_OVERRIDE FAST_STARTUP PAGE_FILE_AT_RISK MEMORY_INTEGRITY",
        "10, 0, 26100, JUDGED FILTERS_IN_NETWORK_SETUP START_OVERRIDE FAST_STARTUP PAGE_FILE_AT_RISK MEMORY_INTEGRITY",
        // A build that is not known, as without the SOFTWARE hive.
        "10, 0, 0, JUDGED FILTERS_IN_NETWORK_SETUP START_OVERRIDE FAST_STARTUP PAGE_FILE_AT_RISK"
    })
    void each_version_has_its_rules(int major, int minor, int build, String rules) {
        WindowsVersion version = Installations.version(major, minor, build);

        Set<VersionRule> holding = EnumSet.allOf(VersionRule.class).stream()
                .filter(rule -> rule.holdsFor(version))
                .collect(Collectors.toSet());

        assertThat(holding)
                .isEqualTo(Arrays.stream(rules.split(" "))
                        .filter(name -> !name.isEmpty())
                        .map(VersionRule::valueOf)
                        .collect(Collectors.toSet()));
    }

    @Test
    void each_rule_says_where_it_is_known_from() {
        assertThat(VersionRule.values())
                .allSatisfy(rule -> assertThat(rule.source()).isNotBlank());
    }
}
