package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a PDU costs to read and to write, and a digest beside it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PduBenchmark {

    private static final String COMMAND = "01c10000000000000000000000000000"
            + "00000001000010000000000200000003" + "28000000080000080000000000000000";

    private final ByteBuffer command =
            ByteBuffer.allocateDirect(48).put(HexFormat.of().parseHex(COMMAND)).flip();
    private final ByteBuffer out = ByteBuffer.allocateDirect(262_144 + 64);
    private final Numbers numbers = new Numbers(1, 2, 3);
    private final Digest digest = new Digest();

    /** Reads a SCSI command. */
    @Benchmark
    public InitiatorPdu parseCommand() {
        return InitiatorPdu.parse(command);
    }

    /** Writes the header of a Data-In PDU. */
    @Benchmark
    public ByteBuffer encodeDataIn() {
        new DataIn(true, true, 7, numbers, 0, 0).encode(out, 4096);
        return out;
    }

    /** Writes a SCSI response. */
    @Benchmark
    public ByteBuffer encodeResponse() {
        new ScsiResponse(0, 0, 7, numbers, 0, Residual.NONE).encode(out, 0);
        return out;
    }

    /** Computes the digest of a header. */
    @Benchmark
    public int headerDigest() {
        return digest.of(out, 0, 48);
    }

    /** Computes the digest of the longest data segment. */
    @Benchmark
    public int dataDigest() {
        return digest.of(out, 48, 262_144);
    }
}
