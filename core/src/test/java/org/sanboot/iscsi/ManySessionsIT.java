package org.sanboot.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What many sessions at once get of the target, and what they cost while they do nothing. */
@Tag("boot")
class ManySessionsIT {

    private static final Iqn TARGET = new Iqn("iqn.2026-01.org.sanboot:many");
    private static final int BUSY = 64;
    private static final int IDLE = 256;
    private static final int BLOCKS = 128;

    private final IscsiServer server =
            IscsiServer.start(IscsiServerConfiguration.listeningOn(new InetSocketAddress("127.0.0.1", 0)));
    private final List<TestInitiator> initiators = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (TestInitiator initiator : initiators) {
            initiator.close();
        }
        server.close();
    }

    @BeforeEach
    void export() {
        server.export(ExportConfiguration.named(TARGET)
                .lun(0, new MemoryDisk(64 << 20))
                .build());
    }

    private void logIn(int sessions) throws Exception {
        for (int i = 1; i <= sessions; i++) {
            TestInitiator initiator = new TestInitiator(server.portals().get(0));
            initiators.add(initiator);
            Map<String, String> keys = Map.of("MaxRecvDataSegmentLength", "262144", "MaxBurstLength", "262144");
            assertThat(initiator.login(TARGET.value(), initiators.size(), keys).status())
                    .isZero();
        }
    }

    /**
     * Of what the luckiest session gets. More cannot be asked for: on a busy host the kernel shares out its processors no
     * better among a server's threads that only echo.
     */
    private static final double NOBODY_STARVES = 0.05;

    /** Half of them read, half of them write, 64 KiB at a time. */
    @Test
    void busy_sessions_share_fairly() throws Exception {
        logIn(BUSY);
        ExecutorService pool = Executors.newFixedThreadPool(BUSY);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Long>> running = new ArrayList<>();
        for (int i = 0; i < BUSY; i++) {
            TestInitiator initiator = initiators.get(i);
            boolean reads = i % 2 == 0;
            Callable<Long> work = () -> {
                start.await();
                return operations(initiator, reads, Duration.ofSeconds(5));
            };
            running.add(pool.submit(work));
        }
        start.countDown();
        long[] counts = new long[BUSY];
        for (int i = 0; i < BUSY; i++) {
            counts[i] = running.get(i).get();
        }
        pool.shutdown();
        for (int kind = 0; kind < 2; kind++) {
            long[] same = counts(counts, kind);
            System.out.printf(
                    "%d sessions that %s: %d to %d operations each, ratio %.2f%n",
                    BUSY / 2, kind == 0 ? "read" : "write", same[0], same[same.length - 1], ratio(same));
            assertThat(ratio(same)).as("least to most").isGreaterThan(NOBODY_STARVES);
        }
    }

    private static double ratio(long[] sorted) {
        return (double) sorted[0] / sorted[sorted.length - 1];
    }

    private static long[] counts(long[] all, int kind) {
        long[] counts = new long[BUSY / 2];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = all[2 * i + kind];
        }
        Arrays.sort(counts);
        return counts;
    }

    private static long operations(TestInitiator initiator, boolean reads, Duration time) throws Exception {
        byte[] data = new byte[BLOCKS * 512];
        long end = System.nanoTime() + time.toNanos();
        long operations = 0;
        for (int block = 0; System.nanoTime() < end; block = (block + BLOCKS) % 65_536) {
            int status = reads
                    ? initiator.read(Cdbs.read10(block, BLOCKS), data.length).status()
                    : initiator.write(Cdbs.write10(block, BLOCKS), data).status();
            assertThat(status).isZero();
            operations++;
        }
        return operations;
    }

    @Test
    void idle_sessions_cost_no_processor_time_and_little_heap() throws Exception {
        logIn(1);
        long heapBefore = usedHeap();
        logIn(IDLE);
        // The initiators are in this heap too, with a buffer of 64 KiB each.
        long heap = (usedHeap() - heapBefore) / IDLE - 65_536;
        long processorTimeBefore = processorTime();
        Duration observed = Duration.ofSeconds(5);
        Awaitility.await("some time without commands")
                .pollDelay(observed)
                .atMost(observed.multipliedBy(4))
                .until(() -> true);
        Duration processorTime = Duration.ofNanos(processorTime() - processorTimeBefore);
        System.out.printf(
                "%d idle sessions: %d ms of processor time in %d s, %d bytes of heap each%n",
                IDLE, processorTime.toMillis(), observed.toSeconds(), heap);
        assertThat(processorTime).isLessThan(Duration.ofMillis(50));
        assertThat(heap).isLessThan(65_536);
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Of the target's threads, in nanoseconds. */
    private static long processorTime() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().startsWith("sanboot-iscsi"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }
}
