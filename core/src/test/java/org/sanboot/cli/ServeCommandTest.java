package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused before anything is opened. */
class ServeCommandTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --port 65535 --portals 3 | --portals (3) from --port (65535) on would end at port 65537, and the highest is 65535; choose a lower port or fewer portals.
            --port 65536             | --port (65536) must be between 0 and 65535.
            --port -1                | --port (-1) must be between 0 and 65535.
            --portals 0              | --portals (0) must be between 1 and 64.
            --portals 65             | --portals (65) must be between 1 and 64.
            """)
    void ports_that_there_are_not_are_refused_with_what_to_do(String options, String message) {
        StringWriter err = new StringWriter();
        int status =
                Main.commandLine().setErr(new PrintWriter(err)).execute(("serve --blank 1M " + options).split(" "));
        assertThat(err.toString().strip()).isEqualTo("sanboot: " + message);
        assertThat(status).isEqualTo(Main.USER_ERROR);
    }
}
