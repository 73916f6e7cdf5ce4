package org.sanboot.lab.provision;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.lab.Demand;

/** Reservations over the real lease book. */
class ReservedHostsTest {

    private static final List<String> ONE = List.of("rack1");
    private static final List<String> TWO = List.of("rack2");
    private static final List<String> ANY = List.of("rack1", "rack2");

    @TempDir
    Path directory;

    private LeaseStore leases;

    @BeforeEach
    void open() {
        leases = LeaseStore.in(directory);
    }

    @AfterEach
    void close() {
        leases.close();
    }

    @Test
    void two_classes_that_need_the_same_hosts_in_another_order_do_not_wait_for_each_other() throws Exception {
        CountDownLatch bothHoldTheirClassHost = new CountDownLatch(2);
        FutureTask<List<String>> forward = running(() -> aClass(ONE, TWO, bothHoldTheirClassHost));
        FutureTask<List<String>> backward = running(() -> aClass(TWO, ONE, bothHoldTheirClassHost));

        assertThat(forward.get(20, TimeUnit.SECONDS)).containsExactly("rack1", "rack2", "rack2");
        assertThat(backward.get(20, TimeUnit.SECONDS)).containsExactly("rack2", "rack1", "rack1");
        assertThat(leases.list()).allMatch(host -> host.holder().isEmpty());
    }

    /** A machine for all tests on one host, and then two tests with a machine each on the other. */
    private List<String> aClass(List<String> ofClass, List<String> ofTest, CountDownLatch both) throws Exception {
        Demand most = Demand.ofHost(ofClass).plus(Demand.ofHost(ofTest));
        List<String> hosts = new ArrayList<>();
        try (ReservedHosts reserved = reserved(most.hosts());
                Lease shared = reserved.take(List.of(ofClass)).get(0)) {
            hosts.add(shared.host());
            both.countDown();
            // Time for the other one to take what it should not get.
            boolean unused = both.await(100, TimeUnit.MILLISECONDS);
            for (int test = 0; test < 2; test++) {
                try (Lease own = reserved.take(List.of(ofTest)).get(0)) {
                    hosts.add(own.host());
                }
            }
        }
        return hosts;
    }

    @Test
    void hosts_are_leased_before_the_first_machine_even_when_that_is_a_virtual_one() {
        try (ReservedHosts reserved = reserved(Demand.ofHost(ONE).hosts())) {
            assertThat(reserved.take(List.of())).isEmpty();

            assertThat(leases.list()).extracting(host -> host.host()).containsExactly("rack1");
            assertThat(leases.list().get(0).holder()).isPresent();
        }
        assertThat(leases.list().get(0).holder()).isEmpty();
    }

    @Test
    void tests_that_come_one_after_the_other_share_what_there_is() {
        Map<List<String>, Integer> hosts = new LinkedHashMap<>();
        hosts.put(ONE, 1);
        hosts.put(TWO, 1);
        hosts.put(ANY, 1);
        try (ReservedHosts reserved = reserved(hosts);
                Lease shared = reserved.take(List.of(ONE)).get(0)) {
            assertThat(shared.host()).isEqualTo("rack1");
            for (List<String> wish : List.of(TWO, ANY)) {
                try (Lease own = reserved.take(List.of(wish)).get(0)) {
                    assertThat(own.host()).isEqualTo("rack2");
                }
            }
        }
    }

    @Test
    void a_host_that_was_set_aside_is_given_back_and_not_used_again() {
        try (ReservedHosts reserved = reserved(Demand.ofHost(ANY).hosts())) {
            Lease stuck = reserved.take(List.of(ANY)).get(0);
            stuck.setAside("it does not go off");
            stuck.close();

            try (Lease other = reserved.take(List.of(ANY)).get(0)) {
                assertThat(other.host()).isNotEqualTo(stuck.host());
            }
        }
    }

    @Test
    void a_machine_that_outlives_its_reservation_keeps_its_host_until_it_ends() {
        Lease used;
        try (ReservedHosts reserved = reserved(Demand.ofHost(ONE).hosts())) {
            used = reserved.take(List.of(ONE)).get(0);
        }
        assertThat(used.isHeld()).isTrue();

        used.close();

        assertThat(leases.list().get(0).holder()).isEmpty();
    }

    private ReservedHosts reserved(Map<List<String>, Integer> hosts) {
        return new ReservedHosts(leases, "Test.test()", Duration.ofSeconds(15), hosts);
    }

    private static <T> FutureTask<T> running(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, "class");
        thread.setDaemon(true);
        thread.start();
        return task;
    }
}
