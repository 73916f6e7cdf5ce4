package org.sanboot.windows.ntfs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** The contents of an attribute, put together from its parts. */
final class Stream implements Medium {

    /** Far more than any file of a healthy volume has, and little enough to hold in memory. */
    private static final int MOST_RUNS = 500_000;

    private final String name;
    private final Medium volume;
    private final int clusterSize;
    private final @Nullable Structure resident;
    private final List<Run> runs;
    private final long size;
    private final long initializedSize;
    private final boolean compressed;
    private final boolean encrypted;
    private final boolean sparse;

    /** Joins the parts of one attribute, in any order; the first one tells the sizes. */
    Stream(String name, Medium volume, Geometry geometry, List<Attribute> parts) {
        List<Attribute> sorted = parts.stream()
                .sorted(Comparator.comparingLong(Attribute::firstVcn))
                .toList();
        Attribute first = sorted.get(0);
        this.name = name;
        this.volume = volume;
        this.clusterSize = geometry.clusterSize();
        this.resident = first.isResident() ? first.value() : null;
        this.runs = new ArrayList<>();
        if (resident == null) {
            append(sorted, geometry);
        }
        this.size = resident != null ? resident.length() : first.dataSize();
        this.initializedSize = resident != null ? size : Math.min(size, first.initializedSize());
        this.compressed = first.isCompressed();
        this.encrypted = first.isEncrypted();
        this.sparse = first.isSparse() || runs.stream().anyMatch(Run::isHole);
    }

    /** Adds the parts that follow. */
    void append(List<Attribute> parts, Geometry geometry) {
        for (Attribute part : parts) {
            long next = runs.isEmpty() ? 0 : end(runs.get(runs.size() - 1));
            if (part.isResident() || part.firstVcn() != next) {
                throw Structure.damaged(name, "its parts overlap or leave a gap at cluster " + next);
            }
            runs.addAll(part.runs(geometry));
            if (runs.size() > MOST_RUNS) {
                throw Structure.damaged(name, "it is in more than %d pieces".formatted(MOST_RUNS));
            }
        }
    }

    private static long end(Run run) {
        return run.vcn() + run.clusters();
    }

    @Override
    public long size() {
        return size;
    }

    boolean isCompressed() {
        return compressed;
    }

    boolean isEncrypted() {
        return encrypted;
    }

    boolean isSparse() {
        return sparse;
    }

    boolean isResident() {
        return resident != null;
    }

    long sizeInPlace() {
        return compressed || encrypted || sparse || resident != null ? 0 : initializedSize;
    }

    int pieces() {
        return runs.size();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        requireInside(name, offset, destination.remaining());
        if (resident == null && (compressed || encrypted)) { // In a file record the flags are for what will be written.
            throw new InfrastructureException("%s is %s, and only plain files can be read."
                    .formatted(name, compressed ? "compressed" : "encrypted"));
        }
        if (resident != null) {
            destination.put(resident.bytes((int) offset, destination.remaining()));
            return;
        }
        for (long at = offset; destination.hasRemaining(); ) {
            Run run = runAt(at);
            int length = (int) Math.min(destination.remaining(), end(run) * clusterSize - at);
            boolean unwritten = at >= initializedSize;
            if (!unwritten) {
                length = (int) Math.min(length, initializedSize - at);
            }
            ByteBuffer piece = destination.slice(destination.position(), length);
            if (unwritten || run.isHole()) {
                piece.put(new byte[length]);
            } else {
                volume.read(onVolume(run, at), piece);
            }
            destination.position(destination.position() + length);
            at += length;
        }
    }

    /** Overwrites clusters that hold data; everything else would change the file system's own structures. */
    @Override
    public void write(long offset, ByteBuffer source) {
        requireInside(name, offset, source.remaining());
        if (offset + source.remaining() > sizeInPlace()) {
            throw new InfrastructureException(
                    name + " cannot be changed in place: its data is not plainly on the disk.");
        }
        for (long at = offset; source.hasRemaining(); ) {
            Run run = runAt(at);
            int length = (int) Math.min(source.remaining(), end(run) * clusterSize - at);
            volume.write(onVolume(run, at), source.slice(source.position(), length));
            source.position(source.position() + length);
            at += length;
        }
    }

    private long onVolume(Run run, long at) {
        return run.lcn() * clusterSize + (at - run.vcn() * clusterSize);
    }

    private Run runAt(long at) {
        long vcn = at / clusterSize;
        int low = 0;
        int high = runs.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Run run = runs.get(middle);
            if (vcn < run.vcn()) {
                high = middle - 1;
            } else if (vcn >= end(run)) {
                low = middle + 1;
            } else {
                return run;
            }
        }
        throw Structure.damaged(name, "no cluster is allocated for byte " + at);
    }
}
