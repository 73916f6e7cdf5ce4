package org.sanboot.iscsi.session;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tasks of one logical unit in the order in which they came, which the task attributes look at (SAM-5 8.6): an ORDERED
 * one waits for all older ones and holds back younger ones; HEAD OF QUEUE waits for none.
 */
final class TaskSet {

    private final Set<Task> tasks = new LinkedHashSet<>();
    private final Set<Task> heldBack = new HashSet<>();

    /** How many of the tasks are ORDERED; without any there is nothing to look at. */
    private int ordered;

    /** Takes a task in; returns whether it may start at once. */
    synchronized boolean admit(Task task) {
        boolean starts = task.isHeadOfQueue() || (task.isOrdered() ? tasks.isEmpty() : ordered == 0);
        tasks.add(task);
        if (task.isOrdered()) {
            ordered++;
        }
        if (!starts) {
            heldBack.add(task);
        }
        return starts;
    }

    /** Lets a task go; returns those that may start now. */
    synchronized List<Task> remove(Task task) {
        if (!tasks.remove(task)) {
            return List.of();
        }
        heldBack.remove(task);
        if (task.isOrdered()) {
            ordered--;
        }
        return heldBack.isEmpty() ? List.of() : released();
    }

    private List<Task> released() {
        List<Task> released = new ArrayList<>();
        boolean first = true;
        for (Task task : tasks) {
            if (heldBack.contains(task) && (first || !task.isOrdered())) {
                released.add(task);
            }
            if (task.isOrdered()) {
                break;
            }
            first = false;
        }
        released.forEach(heldBack::remove);
        return released;
    }
}
