package org.sanboot.windows.ntfs;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.windows.structure.Structure;

/**
 * Clusters that follow one another both in a file and on the volume.
 *
 * @param vcn the first one's number within the file
 * @param lcn its number on the volume, or {@link #HOLE}
 * @param clusters how many
 */
record Run(long vcn, long lcn, long clusters) {

    static final long HOLE = -1;

    /** Decodes mapping pairs: a byte with two lengths, then a length and a signed step, each as short as it can be. */
    static List<Run> decode(Structure attribute, int at, long firstVcn, long lastVcn, Geometry geometry) {
        List<Run> runs = new ArrayList<>();
        long vcn = firstVcn;
        long lcn = 0;
        for (int next = at; vcn <= lastVcn; ) {
            int header = attribute.unsigned8(next++);
            int lengthSize = header & 0xf;
            int stepSize = header >> 4;
            if (lengthSize == 0 || lengthSize > 8 || stepSize > 8) {
                throw attribute.damaged("its list of runs ends too early or cannot be decoded");
            }
            long clusters = signed(attribute, next, lengthSize);
            next += lengthSize;
            boolean hole = stepSize == 0;
            lcn += hole ? 0 : signed(attribute, next, stepSize);
            next += stepSize;
            if (clusters <= 0 || clusters > lastVcn - vcn + 1) {
                throw attribute.damaged("a run of %d clusters cannot be right".formatted(clusters));
            }
            if (!hole && (lcn < 0 || lcn > geometry.clusters() - clusters)) {
                throw attribute.damaged("a run lies outside of the volume");
            }
            runs.add(new Run(vcn, hole ? HOLE : lcn, clusters));
            vcn += clusters;
        }
        return runs;
    }

    boolean isHole() {
        return lcn == HOLE;
    }

    private static long signed(Structure attribute, int at, int size) {
        long value = (byte) attribute.unsigned8(at + size - 1);
        for (int i = size - 2; i >= 0; i--) {
            value = value << 8 | attribute.unsigned8(at + i);
        }
        return value;
    }
}
