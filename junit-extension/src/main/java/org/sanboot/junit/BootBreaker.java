package org.sanboot.junit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stops booting what does not boot, for the whole run, so that a broken image costs a few boot time-outs and not one for
 * each class. A boot that succeeds starts the count anew. When a build tool runs a test again that was refused or failed
 * here, one more boot is tried, and the others wait for its outcome as before. Thread-safe.
 */
final class BootBreaker {

    private final int limit;
    private final Map<List<Object>, Failed> failed = new HashMap<>();

    /**
     * Makes one that has seen nothing.
     *
     * @param limit after how many failed boots in a row the next one is refused; 0 for never
     */
    BootBreaker(int limit) {
        this.limit = limit;
    }

    /** The failed boots in a row of what boots from the same image on the same type of machine. */
    private static final class Failed {
        private int boots;
        private String lastWhere = "";
        private final Set<String> tests = new HashSet<>();
    }

    /**
     * Refuses a boot.
     *
     * @param testId of the test or the class that needs the machines
     * @throws NotRunException when one of the machines did not boot too often
     */
    synchronized void refuse(List<MachineSpec> specs, String testId) {
        for (MachineSpec spec : specs) {
            Failed before = failed.get(spec.sameSystem());
            if (limit == 0 || before == null || before.boots < limit) {
                continue;
            }
            if (before.tests.contains(testId)) {
                before.boots = limit - 1;
                before.tests.clear();
            } else {
                before.tests.add(testId);
                throw new NotRunException("%s did not boot %s, last for %s (sanboot.bootFailures.limit)."
                        .formatted(
                                spec.request().image(),
                                before.boots == 1 ? "once" : before.boots + " times in a row",
                                before.lastWhere));
            }
        }
    }

    /**
     * Notes that a machine did not boot.
     *
     * @param where in which test, and where that is explained
     */
    synchronized void failed(MachineSpec spec, String testId, String where) {
        Failed now = failed.computeIfAbsent(spec.sameSystem(), key -> new Failed());
        now.boots++;
        now.lastWhere = where;
        now.tests.add(testId);
    }

    /** Notes that machines booted. */
    synchronized void booted(List<MachineSpec> specs) {
        specs.forEach(spec -> failed.remove(spec.sameSystem()));
    }
}
