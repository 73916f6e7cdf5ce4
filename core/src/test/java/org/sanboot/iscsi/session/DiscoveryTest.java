package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sanboot.iscsi.session.LiveTarget.NOTHING;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.iscsi.Cdbs;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.TestInitiator.Reply;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.Reject;
import org.sanboot.iscsi.pdu.TextKeys;
import org.sanboot.iscsi.pdu.TextRequest;
import org.sanboot.iscsi.pdu.TextResponse;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DiscoveryTest {

    private final LiveTarget target = new LiveTarget();

    @AfterEach
    void close() {
        target.close();
    }

    @Test
    void discovery_shows_an_initiator_its_own_targets_only() throws Exception {
        Iqn allowed = new Iqn("iqn.2026-01.org.sanboot:somebody");
        target.server.export(ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:private"))
                .lun(0, new MemoryDisk(512))
                .allowedInitiator(allowed)
                .build());
        assertThat(discover(TestInitiator.NAME)).containsExactly(LiveTarget.NAME.value());
        assertThat(discover(allowed.value()))
                .containsExactlyInAnyOrder(LiveTarget.NAME.value(), "iqn.2026-01.org.sanboot:private");
        try (TestInitiator stranger = target.connect()) {
            assertThat(stranger.login("iqn.2026-01.org.sanboot:private", 1, Map.of())
                            .status())
                    .isEqualTo(0x0202);
        }
    }

    private Set<String> discover(String initiatorName) throws IOException {
        try (TestInitiator initiator = target.connect()) {
            initiator.login(initiatorName, null, 1, Map.of());
            initiator.send(
                    new TextRequest(true, true, false, 0, 1, BasicHeader.NO_TAG, 1, 0),
                    TestInitiator.text("SendTargets=All"));
            String text = new String(initiator.receive().data(), StandardCharsets.UTF_8);
            assertThat(text)
                    .contains("TargetAddress=127.0.0.1:" + target.portal().getPort() + ",1");
            Set<String> names = new HashSet<>();
            for (String pair : text.split("\0")) {
                if (pair.startsWith("TargetName=")) {
                    names.add(pair.substring("TargetName=".length()));
                }
            }
            return names;
        }
    }

    /** SPDK 1442: the list is split where it is longer than the initiator takes. */
    @Test
    void a_long_list_of_targets_is_split() throws Exception {
        for (int i = 0; i < 40; i++) {
            target.server.export(ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:t" + i))
                    .lun(0, new MemoryDisk(512))
                    .build());
        }
        try (TestInitiator initiator = target.connect()) {
            initiator.login(null, 1, Map.of("MaxRecvDataSegmentLength", "512"));
            StringBuilder text = new StringBuilder();
            int tag = BasicHeader.NO_TAG;
            byte[] question = TestInitiator.text("SendTargets=All");
            TextResponse response;
            do {
                initiator.send(new TextRequest(true, true, false, 0, 1, tag, 1, 0), question);
                Reply reply = initiator.receive();
                assertThat(reply.data().length).isLessThanOrEqualTo(512);
                text.append(new String(reply.data(), StandardCharsets.UTF_8));
                response = (TextResponse) reply.pdu();
                tag = response.targetTransferTag();
                question = NOTHING;
            } while (!response.isFinal());
            assertThat(text.toString().split("TargetName=")).hasSize(42);
        }
    }

    @Test
    void a_normal_session_learns_of_its_own_target_only() throws Exception {
        target.server.export(ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:x"))
                .lun(0, new MemoryDisk(512))
                .build());
        try (TestInitiator initiator = target.login(1)) {
            initiator.send(
                    new TextRequest(true, true, false, 0, 1, BasicHeader.NO_TAG, initiator.cmdSN(), 0),
                    TestInitiator.text("SendTargets=", "X-foo=1", "Foo=1", "MaxBurstLength=512"));
            Map<String, String> keys = TextKeys.parse(initiator.receive().data());
            assertThat(keys)
                    .containsEntry("TargetName", LiveTarget.NAME.value())
                    .containsEntry("X-foo", "NotUnderstood")
                    .containsEntry("Foo", "NotUnderstood")
                    .containsEntry("MaxBurstLength", "Reject");
        }
    }

    @Test
    void a_discovery_session_runs_no_commands() throws Exception {
        try (TestInitiator initiator = target.connect()) {
            initiator.login(null, 1, Map.of());
            initiator.sendRead(0, Cdbs.testUnitReady(), 0);
            assertThat(initiator.receive().pdu()).isInstanceOf(Reject.class);
            assertThat(initiator.isClosedByTarget()).isTrue();
        }
    }
}
