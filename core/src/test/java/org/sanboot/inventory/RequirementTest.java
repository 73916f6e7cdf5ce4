package org.sanboot.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

class RequirementTest {

    @ParameterizedTest
    @CsvSource({
        "nuc13, nuc13 uefi, true",
        "nuc13, nuc12 uefi, false",
        "NUC13, nuc13, true",
        "amd & uefi, amd uefi, true",
        "amd&uefi, amd bios, false",
        "amd | intel, intel, true",
        "!amd, intel, true",
        "!amd & uefi, amd uefi, false",
        "!(amd & uefi), amd bios, true",
        "a | b & c, a, true",
        "(a | b) & c, a, false",
        "!!a, a, true",
        "rack-2.left_1, rack-2.left_1, true",
    })
    void fits_as_the_expression_says(String expression, String labels, boolean fits) {
        assertThat(Requirement.parse(expression).fits(Set.of(labels.split(" "))))
                .isEqualTo(fits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a &", "& a", "a b", "(a", "a)", "()", "!", "a ? b", "a && b"})
    void what_is_no_expression_is_refused(String expression) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> Requirement.parse(expression))
                .withMessageContaining("\"" + expression + "\"");
    }

    @Test
    void the_place_of_a_mistake_is_named() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> Requirement.parse("amd & uefi nuc"))
                .withMessageContaining("from 'nuc' on");
    }
}
