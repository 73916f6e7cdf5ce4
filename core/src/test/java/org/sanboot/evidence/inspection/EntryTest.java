package org.sanboot.evidence.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class EntryTest {

    @Test
    void a_file_of_a_linux_guest_is_read() {
        assertThat(Entry.parse("0|/etc/host|name|9315|r/rrw-r--r--|1000|100|15|1795363309|1795363308|1795363307|0"))
                .contains(new Entry(
                        "/etc/host|name",
                        '-',
                        "rw-r--r--",
                        1000,
                        100,
                        15,
                        Instant.ofEpochSecond(1795363308),
                        Instant.ofEpochSecond(1795363307),
                        null,
                        "9315"));
    }

    @Test
    void a_symbolic_link_has_a_target() {
        Entry link =
                Entry.parse("0|/bin -> usr/bin|12|l/lrwxrwxrwx|0|0|7|1|2|3|4").orElseThrow();

        assertThat(link.path()).isEqualTo("/bin");
        assertThat(link.target()).isEqualTo("usr/bin");
    }

    @Test
    void a_directory_of_windows_may_begin_with_a_dollar_sign() {
        assertThat(Entry.parse("0|/$WINDOWS.~BT|64-144-2|d/drwxrwxrwx|48|0|144|1|1|1|1"))
                .hasValueSatisfying(entry -> assertThat(entry.name()).isEqualTo("$WINDOWS.~BT"));
    }

    @Test
    void what_is_no_file_of_the_guest_is_left_out() {
        assertThat(Entry.parse("0|/$OrphanFiles|262145|V/V---------|0|0|0|0|0|0|0"))
                .isEmpty();
        assertThat(Entry.parse("0|/$MFT|0-128-1|r/rr-xr-xr-x|0|0|72704|1|1|1|1"))
                .isEmpty();
        assertThat(Entry.parse("0|/$Secure:$SDS|9-128-2|r/rr-xr-xr-x|0|0|262396|1|1|1|1"))
                .isEmpty();
        assertThat(Entry.parse("0|/$Extend/$ObjId|25-144-2|r/rr-xr-xr-x|0|0|72|1|1|1|1"))
                .isEmpty();
        assertThat(Entry.parse("0|/a.txt ($FILE_NAME)|70-48-3|r/rrwxrwxrwx|48|0|76|1|1|1|1"))
                .isEmpty();
        assertThat(Entry.parse("garbage")).isEmpty();
        assertThat(Entry.parse("0|/x|1|r/rrw-r--r--|0|0|many|1|1|1|1")).isEmpty();
    }
}
