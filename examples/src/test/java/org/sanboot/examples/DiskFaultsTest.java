package org.sanboot.examples;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.guest.CommandResult;
import org.sanboot.iscsi.SenseCode;
import org.sanboot.junit.Host;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.junit.Revert;
import org.sanboot.lab.BootedHost;

/** A guest survives everything that a disk can do to it. One machine for all tests: each of them leaves it healthy. */
@IscsiBootedLinux(image = "debian", revert = Revert.PER_CLASS)
@Tag("boot")
class DiskFaultsTest {

    private static final String LEDGER = "/root/ledger";

    @Host
    BootedHost host;

    private String ledger;

    @BeforeEach
    void write_the_ledger() {
        assertThat(host.run("dd if=/dev/urandom of=" + LEDGER + " bs=64k count=16 conv=fsync && sync"))
                .succeeded();
        ledger = checksum();
    }

    @AfterEach
    void mend_the_disk() {
        host.disk().faults().clear();
    }

    /** Past the page cache, which would hide the disk. */
    private CommandResult read() {
        return host.run("dd if=" + LEDGER + " of=/dev/null bs=64k iflag=direct");
    }

    private CommandResult write() {
        return host.run("dd if=/dev/zero of=" + LEDGER + " bs=64k count=16 oflag=direct conv=notrunc");
    }

    private String checksum() {
        return host.run("sha256sum " + LEDGER).stdout();
    }

    private record Blocks(long first, long count) {}

    /** Only the ledger's own blocks are to go bad: a root file system that loses its journal is another test. */
    private Blocks blocksOfTheLedger() {
        String extent = host.run("filefrag -e -b512 " + LEDGER + " | awk '$1 == \"0:\" { print $4 + 0, $6 + 0 }'")
                .stdout();
        String partition = host.run("cat /sys/class/block/$(basename $(findmnt -n -o SOURCE /))/start")
                .stdout();
        String[] numbers = extent.strip().split(" ");
        return new Blocks(Long.parseLong(numbers[0]) + Long.parseLong(partition.strip()), Long.parseLong(numbers[1]));
    }

    @Test
    void a_read_error_is_told_to_whom_it_concerns() {
        Blocks blocks = blocksOfTheLedger();
        try (var fault =
                host.disk().faults().failReads(blocks.first(), blocks.count(), SenseCode.UNRECOVERED_READ_ERROR)) {
            assertThat(read()).failed();
        }

        assertThat(read()).succeeded();
        assertThat(checksum()).isEqualTo(ledger);
    }

    @Test
    void a_write_error_changes_nothing() {
        Blocks blocks = blocksOfTheLedger();
        try (var fault = host.disk().faults().failWrites(blocks.first(), blocks.count(), SenseCode.WRITE_ERROR)) {
            assertThat(write()).failed();
        }

        assertThat(checksum()).isEqualTo(ledger);
        assertThat(write()).succeeded();
    }

    @Test
    void a_slow_disk_only_takes_longer() {
        try (var fault = host.disk().faults().delay(Duration.ofMillis(100))) {
            // Sixteen reads, one after the other.
            assertThat(read().duration()).isGreaterThan(Duration.ofMillis(1600));
        }
    }

    @Test
    void a_disk_that_hangs_makes_the_guest_wait_and_no_more() throws Exception {
        CompletableFuture<CommandResult> read;
        // Shorter than the 30 s after which Linux aborts a command.
        try (var fault = host.disk().faults().stall()) {
            read = CompletableFuture.supplyAsync(this::read);
            assertThatThrownBy(() -> read.get(5, SECONDS)).isInstanceOf(TimeoutException.class);
        }

        assertThat(read.get(1, MINUTES)).succeeded();
    }

    @Test
    void a_lost_connection_is_made_again() {
        long sessions = host.disk().statistics().sessions();

        host.disk().faults().dropConnections();

        assertThat(read()).succeeded();
        assertThat(host.disk().statistics().sessions()).isEqualTo(sessions + 1);
    }

    @Test
    void a_disk_that_takes_no_writes_lets_the_guest_read_on_and_a_new_start_mends_it() {
        try (var fault = host.disk().faults().readOnly()) {
            assertThat(host.run("date > /root/note && sync /root/note")).failed();
            assertThat(read()).succeeded();
            host.power().cut();
        }
        host.power().on();
        host.awaitReady();

        assertThat(checksum()).isEqualTo(ledger);
        assertThat(host.run("date > /root/note && sync /root/note")).succeeded();
    }

    /** Try other seeds when your own software is under test: each is another power cut. */
    @Test
    void what_was_synced_survives_a_power_cut_that_tears_all_other_writes() {
        try (var fault = host.disk().faults().tearWritesAtPowerCut(42)) {
            assertThat(host.run("cp " + LEDGER + " /root/synced && sync /root/synced /root"))
                    .succeeded();
            // Written, but not flushed: any of these may be lost, each in part.
            assertThat(host.run("for i in $(seq 12); do dd if=" + LEDGER + " of=/root/part$i bs=4k oflag=direct; done"))
                    .succeeded();
            host.power().cut();
        }
        host.power().on();
        host.awaitReady();

        assertThat(host.run("cmp " + LEDGER + " /root/synced && touch /root/works && sync"))
                .succeeded();
    }
}
