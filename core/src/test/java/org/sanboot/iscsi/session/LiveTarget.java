package org.sanboot.iscsi.session;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.ReadyToTransfer;
import org.sanboot.iscsi.pdu.TaskManagementRequest;

/** A target on loopback with two disks, and a note of all that its observer was told. */
final class LiveTarget implements AutoCloseable, SessionObserver {

    static final byte[] NOTHING = new byte[0];

    static final Iqn NAME = new Iqn("iqn.2026-01.org.sanboot:live");
    static final Map<String, String> FAST = Map.of(
            "InitialR2T", "No",
            "ImmediateData", "Yes",
            "FirstBurstLength", "65536",
            "MaxBurstLength", "262144",
            "MaxRecvDataSegmentLength", "65536");

    final MemoryDisk disk = new MemoryDisk(8 << 20);
    final MemoryDisk other = new MemoryDisk(1 << 20);
    final List<String> events = new CopyOnWriteArrayList<>();
    boolean observerFails;
    final IscsiServer server;
    final Export export;

    LiveTarget() {
        this(IscsiServerConfiguration.loopback());
    }

    LiveTarget(Duration loginTimeout, int maxHalfOpen, int maxSessions) {
        this(new IscsiServerConfiguration(
                List.of(new InetSocketAddress("127.0.0.1", 0)), maxSessions, maxHalfOpen, loginTimeout));
    }

    private LiveTarget(IscsiServerConfiguration configuration) {
        server = IscsiServer.start(configuration);
        export = server.export(ExportConfiguration.named(NAME)
                .lun(0, disk)
                .lun(1, other)
                .observer(this)
                .build());
    }

    InetSocketAddress portal() {
        return server.portals().get(0);
    }

    TestInitiator connect() throws IOException {
        return new TestInitiator(portal());
    }

    TestInitiator login(long isid) throws IOException {
        return login(isid, FAST);
    }

    TestInitiator login(long isid, Map<String, String> keys) throws IOException {
        TestInitiator initiator = connect();
        if (initiator.login(NAME.value(), isid, keys).status() != 0) {
            throw new IOException("The login failed");
        }
        return initiator;
    }

    @Override
    public void loggedIn(SessionInfo session) {
        events.add("loggedIn " + session.isid());
    }

    @Override
    public void firstCommand(SessionInfo session) {
        events.add("firstCommand " + session.isid());
    }

    @Override
    public void firstRead(SessionInfo session) {
        events.add("firstRead " + session.isid());
        if (observerFails) {
            throw new IllegalStateException("An observer that fails must do no harm");
        }
    }

    @Override
    public void ended(SessionInfo session) {
        events.add("ended " + session.isid());
    }

    @Override
    public void deviceFailed(BlockIoException failure) {
        events.add("deviceFailed " + failure.reason());
    }

    @Override
    public void close() {
        disk.releaseFlushes();
        server.close();
    }

    static byte[] random(int length, int seed) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        return data;
    }

    /** Sends what a R2T asks for. */
    static void answer(TestInitiator initiator, ReadyToTransfer request, byte[] data) throws IOException {
        int end = request.bufferOffset() + request.desiredDataTransferLength();
        int dataSN = 0;
        for (int at = request.bufferOffset(); at < end; at += 65_536) {
            int stop = Math.min(end, at + 65_536);
            initiator.send(
                    new DataOut(
                            stop == end, 0, request.initiatorTaskTag(), request.targetTransferTag(), 0, dataSN++, at),
                    java.util.Arrays.copyOfRange(data, at, stop));
        }
    }

    static TaskManagementRequest tmf(TestInitiator initiator, int function, long lun, int tag) {
        return new TaskManagementRequest(true, function, lun, initiator.nextTag(), tag, initiator.cmdSN(), 0, 0);
    }
}
