package org.sanboot.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentPowerShellTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1|ForEach-Object{End $_}",
                "function End($parent){1}",
                "&{ process 1 }",
                "& { param $x }",
                "End 1",
                "if(1){2",
                "if(1)}",
                "@(1,2}",
                "'it's'",
                "\"say"
            })
    void what_powershell_would_refuse_to_read_is_a_mistake(String script) {
        assertThatThrownBy(() -> SentPowerShell.checked(script)).isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1|ForEach-Object{Stop-Tree $_; 'the }end'}",
                "&{ begin {1} process {2} end {3} }",
                "param($x) \"$x\"\"`\"\" # the 'end",
                "function End-Tree{1}"
            })
    void what_it_reads_is_none(String script) {
        assertThat(SentPowerShell.checked(script)).isEqualTo(script);
    }
}
