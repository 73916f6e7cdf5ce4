package org.sanboot.lab;

import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.testing.TestHome;

/** Real guests that go on from what was saved of another. */
@Tag("boot")
class WarmStartIT {

    private static final BootStage[] OF_WARM_START = {
        BootStage.CLONED,
        BootStage.POWERED_ON,
        BootStage.RESUMED,
        BootStage.OPERATING_SYSTEM_LOGIN,
        BootStage.GUEST_READY
    };

    @TempDir
    private Path directory;

    private Path home;
    private Lab lab;
    private final List<String> remarks = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        home = TestHome.withTinyGuest(directory.resolve("home"));
        lab = Lab.open(new LabConfiguration(home, 2));
    }

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void the_next_machine_goes_on_with_the_disk_of_then_and_the_time_of_now(Firmware firmware) {
        HostRequest request = warm().firmware(firmware).build();
        Stay first = lab.boot(request);
        assertThat(first.host().stages()).doesNotContainKey(BootStage.RESUMED);
        assertThat(first.host().run("echo of the first > /root/note && sync")).succeeded();
        first.discard();

        BootedHost host = lab.boot(request).host();

        assertThat(host.stages()).containsOnlyKeys(OF_WARM_START);
        assertThat(host.run("cat /root/note")).failed();
        long seconds = Long.parseLong(host.run("date +%s").stdout().strip());
        assertThat(Instant.ofEpochSecond(seconds)).isCloseTo(Instant.now(), within(20, SECONDS));
        assertThat(host.bootDisk().isOnIscsi()).as("%s", host.bootDisk()).isTrue();
        assertThat(host.run("echo written > /root/note && sync && cat /root/note"))
                .hasOutput("written");
    }

    @Test
    void machines_that_are_on_at_once_go_on_from_different_ones_and_draw_different_random_numbers() {
        List<HostRequest> two =
                List.of(warm().name("a").build(), warm().name("b").build());
        List<Stay> first = lab.boot(two);
        first.forEach(Stay::discard);

        List<Stay> second = lab.boot(two);
        String a = random(second.get(0));
        second.forEach(stay -> assertThat(stay.host().stages()).containsOnlyKeys(OF_WARM_START));
        second.forEach(Stay::discard);
        String again = random(lab.boot(warm().name("a").build()));

        assertThat(again).isNotEqualTo(a);
    }

    private static String random(Stay stay) {
        return stay.host().run("head -c 16 /dev/urandom | od -x").stdout();
    }

    @Test
    void a_machine_that_went_on_is_cut_reverted_and_kept_like_any_other() {
        lab.boot(warm().build()).discard();
        Stay stay = lab.boot(warm().build());
        BootedHost host = stay.host();
        host.run("echo before > /root/note && sync");
        host.power().cut();
        host.power().on();
        host.awaitReady();
        assertThat(host.run("cat /root/note")).hasOutput("before");
        host.power().cut();
        host.disk().revert();
        host.power().on();
        host.awaitReady();
        assertThat(host.run("cat /root/note")).failed();
        stay.discard();

        Stay failed = lab.boot(warm().build());
        assertThat(failed.host().stages()).containsOnlyKeys(OF_WARM_START);
        failed.host().run("echo evidence > /root/note && sync");
        Failure failure = failed.keep(new FailureDescription("[test]", "WarmStartIT.test()", Kind.TEST, null));
        lab.close();
        lab = Lab.open(new LabConfiguration(home, 2));

        BootedHost again = lab.boot(HostRequest.ofFailure(failure.id())
                        .start(Start.WARM)
                        .progress(this::note)
                        .build())
                .host();
        assertThat(again.run("cat /root/note")).hasOutput("evidence");
        assertThat(remarks).containsExactly("cold start, because it boots a kept disk");
    }

    @Test
    void what_was_saved_and_cannot_be_used_costs_a_cold_start_and_a_sentence() throws IOException {
        lab.boot(warm().build()).discard();
        try (Stream<Path> files = Files.walk(home.resolve("runs"))) {
            Path memory =
                    files.filter(file -> file.endsWith("memory")).findAny().orElseThrow();
            Files.writeString(memory, "no machine's memory");
        }

        Stay cold = lab.boot(warm().build());

        assertThat(cold.host().stages()).containsKey(BootStage.FIRMWARE_LOGIN).doesNotContainKey(BootStage.RESUMED);
        assertThat(remarks)
                .singleElement()
                .asString()
                .startsWith("cold start, because it did not go on from what was saved: ")
                .contains("Not a migration stream");
        cold.discard();
        lab.boot(warm().build()).discard();
        assertThat(lab.boot(warm().build()).host().stages())
                .as("after another was saved")
                .containsOnlyKeys(OF_WARM_START);
    }

    @Test
    void a_machine_on_a_private_network_starts_cold_and_says_so() {
        BootedHost host = lab.boot(warm().network("pair").build()).host();

        assertThat(host.stages()).containsKey(BootStage.FIRMWARE_LOGIN);
        assertThat(remarks).containsExactly("cold start, because it is on a private network");
    }

    private HostRequest.Builder warm() {
        return HostRequest.of("tiny").start(Start.WARM).progress(this::note);
    }

    private void note(BootProgress progress) {
        if (progress.remark() != null) {
            remarks.add(Objects.requireNonNull(progress.remark()));
        }
    }
}
