package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WindowsOutputTest {

    private static final String HEAD =
            "#< CLIXML\r\n<Objs Version=\"1.1.0.1\"" + " xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">";
    private static final String PROGRESS =
            "<Obj S=\"progress\" RefId=\"0\"><TN RefId=\"0\"><T>System.Object</T></TN><MS>"
                    + "<I64 N=\"SourceId\">1</I64><S N=\"Activity\">Preparing modules</S></MS></Obj>";

    @Test
    void plain_text_stays_as_it_is() {
        assertThat(WindowsOutput.clean("Grüße\r\n<Objs> &amp; _x000D_\n")).isEqualTo("Grüße\r\n<Objs> &amp; _x000D_\n");
    }

    @Test
    void progress_in_clixml_is_taken_out() {
        assertThat(WindowsOutput.clean(HEAD + PROGRESS + "</Objs>")).isEmpty();
        assertThat(WindowsOutput.clean("before\r\n" + HEAD + PROGRESS + "</Objs>\r\nafter\r\n"))
                .isEqualTo("before\r\nafter\r\n");
    }

    @Test
    void errors_in_clixml_are_read_out() {
        assertThat(WindowsOutput.clean(HEAD
                        + PROGRESS
                        + "<S S=\"Error\">Get-Item : Cannot find path 'C:\\x' &amp; &lt;y&gt;._x000D__x000A_</S>"
                        + "<S S=\"Warning\">At line:1_x000D__x000A_</S></Objs>"))
                .isEqualTo("Get-Item : Cannot find path 'C:\\x' & <y>.\r\nAt line:1\r\n");
    }

    @Test
    void clixml_that_was_cut_off_shows_what_is_whole_in_it() {
        assertThat(WindowsOutput.clean(HEAD + "<S S=\"Error\">first</S><S S=\"Error\">sec"))
                .isEqualTo("first");
        assertThat(WindowsOutput.clean("#< CLIXML\r\n")).isEmpty();
    }

    @Test
    void byte_order_marks_and_the_nuls_of_utf_16_are_taken_out() {
        assertThat(WindowsOutput.clean("\uFEFFR\0u\0n\0n\0i\0n\0g\0")).isEqualTo("Running");
    }
}
