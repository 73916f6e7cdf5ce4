package org.sanboot.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.iscsi.TestInitiator.Outcome;
import org.sanboot.testing.ChildJvm;

/** A JVM that allows for no more direct memory refuses newcomers and single commands, and serves on. */
@Tag("boot")
class DirectMemoryIT {

    private static final String TARGET = "iqn.2026-01.org.sanboot:test";

    /** More connections than there is memory for. */
    private static final int CROWD = 24;

    @TempDir
    private Path directory;

    @Test
    void connections_without_memory_are_closed_and_those_with_some_go_on() throws Exception {
        String file = directory.resolve("disk.raw").toString();
        try (ChildJvm server = ChildJvm.start(
                directory, List.of("-XX:MaxDirectMemorySize=640k"), IscsiTargetMain.class, file, "portal=0")) {
            String url = server.awaitLine(line -> line.startsWith("iscsi://"), 30);
            int port = Integer.parseInt(url.replaceAll(".*:(\\d+)/.*", "$1"));
            InetSocketAddress portal = new InetSocketAddress("127.0.0.1", port);
            List<TestInitiator> crowd = new ArrayList<>();
            try (TestInitiator first = login(portal, 1)) {
                for (int i = 0; i < CROWD; i++) {
                    crowd.add(new TestInitiator(portal));
                }
                assertThat(crowd.get(CROWD - 1).isClosedByTarget()).isTrue();
                assertThat(first.read(Cdbs.testUnitReady(), 0).status()).isZero();
                // Without a buffer a read fails, and is answered.
                assertThat(answer(first)).isIn(0, 2);
                for (TestInitiator each : crowd) {
                    each.close();
                }
                Awaitility.await("memory for a read").until(() -> answer(first) == 0);
                try (TestInitiator second = login(portal, 2)) {
                    Awaitility.await("memory for a read").until(() -> answer(second) == 0);
                }
            }
        }
    }

    private static TestInitiator login(InetSocketAddress portal, long isid) throws Exception {
        TestInitiator initiator = new TestInitiator(portal);
        assertThat(initiator.login(TARGET, isid, Map.of()).status()).isZero();
        return initiator;
    }

    private static int answer(TestInitiator initiator) throws Exception {
        Outcome outcome = initiator.read(Cdbs.read10(0, 16), 8192);
        return outcome.status();
    }
}
