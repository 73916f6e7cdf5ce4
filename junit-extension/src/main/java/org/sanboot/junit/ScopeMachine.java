package org.sanboot.junit;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sanboot.lab.Crash;
import org.sanboot.lab.Demand;
import org.sanboot.lab.Stay;

/**
 * A machine that runs for a test or a class.
 *
 * @param spec as it was asked for
 * @param stay the machine
 * @param demand what it takes of this computer
 * @param reportedIn the test in which it was reported that it is of no more use, if it was
 */
record ScopeMachine(MachineSpec spec, Stay stay, Demand demand, AtomicReference<@Nullable String> reportedIn) {

    ScopeMachine(MachineSpec spec, Stay stay, Demand demand) {
        this(spec, stay, demand, new AtomicReference<>());
    }

    String name() {
        return spec.name();
    }

    /** Has its disk set aside as a test left it that failed; what goes wrong in that is a footnote to what the test threw. */
    void failed(String test, Throwable thrown) {
        try {
            stay.testFailed(test, thrown);
        } catch (RuntimeException e) {
            thrown.addSuppressed(e);
        }
    }

    /** Says that the lab broke under it, if it did. */
    Optional<String> labTrouble() {
        return stay.labTrouble();
    }

    /** Returns the crash of its guest that nobody expects. */
    Optional<Crash> crash() {
        return spec.guestCrash() == GuestCrash.EXPECTED ? Optional.empty() : stay.crash();
    }

    /** Remembers in which test its trouble was reported; tells whether it was not reported before. */
    boolean report(String title) {
        return reportedIn.compareAndSet(null, title);
    }

    /** Says what happened to it in another test, and in which, if it is of no use for further ones. */
    Optional<String> brokenBefore() {
        String where = reportedIn.get();
        if (where == null) {
            return Optional.empty();
        }
        Optional<String> what = labTrouble().isPresent() ? Optional.of("broke") : crash().map(crash -> "crashed");
        return what.map(verb -> "the machine %s of the class %s in %s; see there.".formatted(name(), verb, where));
    }
}
