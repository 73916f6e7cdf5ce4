package org.sanboot.windows.ntfs;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * The head of {@code $LogFile}: two restart pages, the same when the volume was dismounted, each with an update sequence
 * array of its own.
 *
 * <p>The format and the rule are those of ntfs-3g ({@code logfile.h}, {@code logfile.c}) for versions 1.1 and 2.0 of the
 * log: it is clean when its flag says so (Windows XP and later) or no client has it open (before), and an empty one, all
 * bits set, was clean when it was emptied. Stricter than ntfs-3g is that both pages must be whole, since a page that is
 * written in part is the trace of an interrupted write.
 */
final class LogFile {

    private static final int SMALLEST_PAGE = 512;
    private static final int LARGEST_PAGE = 64 << 10;
    private static final int HEADER = 0x1e;

    private static final int NO_CLIENT = 0xffff;
    private static final int VOLUME_IS_CLEAN = 2;
    /** No file is larger than this many times the smallest page. */
    private static final int MOST_DOUBLINGS = 40;

    private LogFile() {}

    /** Tells the state by the restart pages; reads no more than these, and the places where a log's pages may begin. */
    static LogState state(Medium log) {
        if (isEmpty(log)) {
            return LogState.CLEAN;
        }
        try {
            return state(restartPage(log, 0), log);
        } catch (InfrastructureException e) {
            return LogState.UNREADABLE;
        }
    }

    private static LogState state(RestartPage first, Medium log) {
        RestartPage second = restartPage(log, first.size());
        List<RestartPage> newest = new ArrayList<>();
        if (first.lsn() >= second.lsn()) {
            newest.add(first);
        }
        if (second.lsn() >= first.lsn()) {
            newest.add(second);
        }
        return newest.stream().allMatch(RestartPage::clean) ? LogState.CLEAN : LogState.UNCLEAN;
    }

    /** As ntfs-3g does: everything that may be the begin of a page has all its bits set. */
    private static boolean isEmpty(Medium log) {
        long at = 0;
        for (int i = 0; i < MOST_DOUBLINGS && at + SMALLEST_PAGE <= log.size(); i++) {
            if (log.read("The log of the volume", at, 4).signed32(0) != -1) {
                return false;
            }
            at = at == 0 ? SMALLEST_PAGE : 2 * at;
        }
        return log.size() >= SMALLEST_PAGE;
    }

    /** @param size bytes of the page, which is where the second one begins */
    private record RestartPage(int size, long lsn, boolean clean) {}

    private static RestartPage restartPage(Medium log, int at) {
        String name = "The restart page at byte %d of the volume's log".formatted(at);
        Structure head = log.read(name, at, SMALLEST_PAGE);
        boolean checked = head.has(0, "CHKD");
        if (!checked && !head.has(0, "RSTR")) {
            throw head.damaged("it does not begin with RSTR");
        }
        long size = head.unsigned32(0x10);
        if (size < SMALLEST_PAGE || size > LARGEST_PAGE || Long.bitCount(size) != 1 || (at != 0 && at != size)) {
            throw head.damaged("its system page size is %d".formatted(size));
        }
        int version = head.unsigned16(0x1c) << 16 | head.unsigned16(0x1a);
        if (version != (1 << 16 | 1) && version != 2 << 16) {
            throw head.damaged("its version is %d.%d".formatted(version >>> 16, version & 0xffff));
        }
        Structure raw = log.read(name, at, (int) size);
        // chkdsk may leave its pages without protection.
        Structure page = checked && head.unsigned16(6) == 0 ? raw : ProtectedBlock.open(raw, checked ? "CHKD" : "RSTR");
        int area = page.unsigned16(0x18);
        int clients = page.unsigned16(area + 8);
        int inUse = page.unsigned16(area + 0x0c);
        boolean sizeFits = page.unsigned32(area + 0x10) == 67 - bits(page.signed64(area + 0x18));
        if (area < HEADER || area % 8 != 0 || !sizeFits || (inUse != NO_CLIENT && inUse >= clients)) {
            throw page.damaged("its restart area makes no sense");
        }
        boolean clean = inUse == NO_CLIENT || (page.unsigned16(area + 0x0e) & VOLUME_IS_CLEAN) != 0;
        return new RestartPage((int) size, page.signed64(checked ? 8 : area), clean);
    }

    /** How many bits a log's size takes decides how many are left for the numbers of its records. */
    private static int bits(long size) {
        return Long.SIZE - Long.numberOfLeadingZeros(size);
    }
}
