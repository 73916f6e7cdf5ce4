package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

class FilePatternTest {

    @ParameterizedTest
    @CsvSource({
        "/var/log/agent/**,          /var/log/agent/a.log,              true",
        "/var/log/agent/**,          /var/log/agent/old/a.log,          true",
        "/var/log/agent/,            /var/log/agent/old/a.log,          true",
        "/var/log/agent/**,          /var/log/agents/a.log,             false",
        "/var/log/agent/*.log,       /var/log/agent/a.log,              true",
        "/var/log/agent/*.log,       /var/log/agent/old/a.log,          false",
        "/var/log/agent/*.log,       /var/log/agent/a_log,              false",
        "/var/**/a?.log,             /var/a1.log,                       true",
        "/var/**/a?.log,             /var/log/agent/a1.log,             true",
        "/var/**/a?.log,             /var/log/agent/a12.log,            false",
        "/etc/agent.conf,            /etc/agent.conf,                   true",
        "/etc/agent.conf,            /etc/agent.conf.d,                 false",
        "/opt/a(b)+$/*,              /opt/a(b)+$/x,                     true",
        "C:\\ProgramData\\Agent\\**, C:/ProgramData/agent/Logs/a.log,   true",
        "c:/Program Files/A/*.LOG,   C:/program files/a/x.log,          true",
        "C:/Agent/*,                 D:/Agent/x,                        false",
    })
    void a_pattern_names_files(String pattern, String path, boolean named) {
        assertThat(FilePattern.parse(pattern).matches(path)).isEqualTo(named);
    }

    @ParameterizedTest
    @CsvSource({
        "/var/log/agent/**,       /var/log/agent,        16",
        "/var/log/agent/*.log,    /var/log/agent,        1",
        "/etc/agent.conf,         /etc,                  1",
        "/agent.conf,             /,                     1",
        "/opt/*/log/a.log,        /opt,                  3",
        "C:/Agent/*/a.log,        C:/Agent,              2",
        "C:/pagefile.log,         C:/,                   1",
    })
    void it_says_where_they_are_looked_for(String pattern, String directory, int depth) {
        assertThat(FilePattern.parse(pattern).directory()).isEqualTo(directory);
        assertThat(FilePattern.parse(pattern).depth()).isEqualTo(depth);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "C:",
                "agent.log",
                "./agent.log",
                "/var/../etc/shadow",
                "/var//log",
                "/a,b",
                "/{a}",
                "~/x"
            })
    void what_is_no_absolute_path_is_refused(String text) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> FilePattern.parse(text))
                .withMessageContaining("'" + text + "' is no absolute path of files in a guest");
    }
}
