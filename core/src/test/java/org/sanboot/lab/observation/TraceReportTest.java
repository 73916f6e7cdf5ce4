package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sanboot.iscsi.Trace;

class TraceReportTest {

    private static final List<Trace.Entry> ENTRIES = List.of(
            new Trace.Entry(Duration.ofMillis(1), Duration.ofNanos(250_000), 1, "READ_10", 0, 8, 0),
            new Trace.Entry(Duration.ofMillis(5), Duration.ofMillis(1), 1, "WRITE_10", 92, 8, 2),
            new Trace.Entry(Duration.ofMillis(9), Duration.ofMillis(1), 1, "SYNCHRONIZE_CACHE_10", -1, 0, 0));

    @Test
    void a_table_has_a_line_for_each_command() {
        assertThat(TraceReport.csv(ENTRIES)).isEqualTo("""
                        start_us,latency_us,session,command,lba,blocks,status
                        1000,250,1,READ_10,0,8,0
                        5000,1000,1,WRITE_10,92,8,2
                        9000,1000,1,SYNCHRONIZE_CACHE_10,-1,0,0
                        """);
    }

    @Test
    void a_picture_shows_where_and_when_and_what_failed() {
        assertThat(TraceReport.svg(ENTRIES))
                .contains("<rect x=\"111.1\" y=\"368.0\" width=\"2\" height=\"32.0\" fill=\"#27c\"/>")
                .contains("<rect x=\"555.6\" y=\"0.0\" width=\"2\" height=\"32.0\" fill=\"#d22\"/>")
                .endsWith("</svg>\n");
    }
}
