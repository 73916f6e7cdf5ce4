package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.ConfigurationException;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.iscsi.TestInitiator;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerRuleTest {

    private static final Iqn SHARED = new Iqn("iqn.2026-01.org.sanboot:shared");
    private static final int NOT_FOUND = 0x0203;

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.close();
    }

    private Export export(int content, PeerRule rule) {
        MemoryDisk disk = new MemoryDisk(1 << 20);
        disk.bytes()[0] = (byte) content;
        return target.server.export(
                ExportConfiguration.named(SHARED).lun(0, disk).peers(rule).build());
    }

    @Test
    void exports_of_one_name_are_told_apart_by_where_the_connection_comes_from() throws Exception {
        Set<Integer> ports = ConcurrentHashMap.newKeySet();
        export(1, (peer, portal) -> ports.contains(peer.getPort()));
        export(2, (peer, portal) -> !ports.contains(peer.getPort()));
        try (TestInitiator one = target.connect();
                TestInitiator two = target.connect()) {
            ports.add(one.localPort());
            one.login(SHARED.value(), 1, LiveTarget.FAST);
            two.login(SHARED.value(), 1, LiveTarget.FAST);
            assertThat(one.read(Cdbs.read10(0, 1), 512).data()[0]).isEqualTo((byte) 1);
            assertThat(two.read(Cdbs.read10(0, 1), 512).data()[0]).isEqualTo((byte) 2);
        }
    }

    @Test
    void an_export_without_a_rule_shares_its_name_with_none() {
        export(1, (peer, portal) -> true);
        ExportConfiguration open =
                ExportConfiguration.named(SHARED).lun(0, new MemoryDisk(512)).build();
        assertThatThrownBy(() -> target.server.export(open)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void a_process_reaches_its_export_and_another_one_does_not_even_see_it() throws Exception {
        export(1, PeerRule.process(() -> OptionalLong.of(ProcessHandle.current().pid())));
        try (TestInitiator own = target.connect()) {
            assertThat(own.login(SHARED.value(), 1, Map.of()).status()).isZero();
        }
        Iqn foreign = new Iqn("iqn.2026-01.org.sanboot:foreign");
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            target.server.export(ExportConfiguration.named(foreign)
                    .lun(0, new MemoryDisk(512))
                    .peers(PeerRule.process(() -> OptionalLong.of(other.pid())))
                    .build());
            try (TestInitiator own = target.connect()) {
                assertThat(own.login(foreign.value(), 1, Map.of()).status()).isEqualTo(NOT_FOUND);
            }
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void nothing_is_taken_while_there_is_no_process() throws Exception {
        export(1, PeerRule.process(OptionalLong::empty));
        try (TestInitiator own = target.connect()) {
            assertThat(own.login(SHARED.value(), 1, Map.of()).status()).isEqualTo(NOT_FOUND);
        }
        PeerRule gone = PeerRule.process(() -> OptionalLong.of(Integer.MAX_VALUE));
        assertThat(gone.admits(target.portal(), new InetSocketAddress("127.0.0.1", 1)))
                .isFalse();
    }
}
