package org.sanboot.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.sanboot.lab.GuestAccess;
import org.sanboot.lab.Stay;

/** Leaves the machines of a failed test up for a while, for a person to look at; tests may come in parallel. */
final class Hold {

    private static final long LOOK_EVERY_MILLISECONDS = 200;

    private final Duration time;
    private final Supplier<Keyboard> keyboards;
    private final Output output;
    private int entered;

    Hold(Duration time, Supplier<Keyboard> keyboards, Output output) {
        this.time = time;
        this.keyboards = keyboards;
        this.output = output;
    }

    /**
     * Says how to look at the machines and waits until the time is over or Enter is pressed.
     *
     * @param stays by the machines' names; those that are off are left out
     */
    void hold(String title, Map<String, Stay> stays) {
        if (time.isZero()) {
            return;
        }
        List<GuestAccess> open = new ArrayList<>();
        try {
            Map<String, List<String>> commands = new LinkedHashMap<>();
            stays.forEach((host, stay) -> {
                GuestAccess access = stay.access();
                open.add(access);
                if (!access.commands().isEmpty()) {
                    commands.put(host, access.commands());
                }
            });
            if (!commands.isEmpty()) {
                hold(title, commands, output);
            }
        } catch (RuntimeException e) {
            // The test's failure is the news; that nobody could look at it is a footnote.
            output.problem(title, e);
        } finally {
            Problems.inAll(open, GuestAccess::close);
        }
    }

    private void hold(String title, Map<String, List<String>> commands, Output to) {
        try (Keyboard keyboard = keyboards.get()) {
            to.holding(title, time, keyboard.isThere(), commands);
            awaitEnter(keyboard);
            to.goesOn(title);
        }
    }

    /** One Enter lets all go on that are held at the time. */
    private synchronized void awaitEnter(Keyboard keyboard) {
        long end = System.nanoTime() + time.toNanos();
        int before = entered;
        try {
            long left = time.toNanos();
            while (entered == before && left > 0) {
                if (keyboard.entered()) {
                    entered++;
                    notifyAll();
                } else {
                    wait(Math.min(LOOK_EVERY_MILLISECONDS, TimeUnit.NANOSECONDS.toMillis(left) + 1));
                }
                left = end - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
