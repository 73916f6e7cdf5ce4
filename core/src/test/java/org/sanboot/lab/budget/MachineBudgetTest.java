package org.sanboot.lab.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.lab.Demand;
import org.sanboot.lab.MachineLimits;
import org.sanboot.lab.budget.MachineBudget.Room;
import org.sanboot.process.FileTrees;

/** Two machines, a gibibyte of memory, and who gets them. */
@Timeout(30)
class MachineBudgetTest {

    private static final Demand SMALL = new Demand(1, 100);
    private static final Demand LARGE = new Demand(1, 900);

    @TempDir
    Path directory;

    private final List<MachineBudget> budgets = new CopyOnWriteArrayList<>();
    private final List<String> said = new CopyOnWriteArrayList<>();

    private MachineBudget open(Duration timeout) {
        MachineBudget budget = new MachineBudget(
                directory, new MachineLimits(2, ByteSize.parse("1G"), timeout), Duration.ofMillis(20));
        budgets.add(budget);
        return budget;
    }

    private MachineBudget budget() {
        return open(Duration.ofSeconds(20));
    }

    @AfterEach
    void close() {
        budgets.forEach(MachineBudget::close);
    }

    private Room reserve(MachineBudget budget, String purpose, Demand demand) {
        return budget.reserve(purpose, demand, said::add);
    }

    private Room taken(MachineBudget budget, String purpose, Demand demand) {
        Room room = reserve(budget, purpose, demand);
        room.enter(demand);
        return room;
    }

    /** Enters on a thread of its own, which ends then. */
    private CompletableFuture<Room> entering(MachineBudget budget, String purpose, Demand demand) {
        return CompletableFuture.supplyAsync(() -> taken(budget, purpose, demand), task -> new Thread(task).start());
    }

    private void awaitSaid(String text) throws InterruptedException {
        while (said.stream().noneMatch(each -> each.contains(text))) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void who_waits_is_told_who_holds_what_and_goes_on_when_there_is_room() throws Exception {
        MachineBudget budget = budget();
        Room first = taken(budget, "A.a()", SMALL);
        Room second = taken(budget, "B.b()", SMALL);

        CompletableFuture<Room> third = entering(budget, "C.c()", SMALL);
        awaitSaid("waits for 1 machine");
        assertThat(said)
                .containsExactly("waits for 1 machine: of 2 machines and 1.0 GiB in all,"
                        + " in use are A.a() (1 machine), B.b() (1 machine)");
        first.leave(SMALL);
        assertThat(third)
                .as("while the reservation is open, the room is its own")
                .isNotDone();
        first.close();

        third.get(10, TimeUnit.SECONDS);
        second.close();
    }

    @Test
    void memory_counts_as_machines_do() throws Exception {
        MachineBudget budget = budget();
        Room large = taken(budget, "A.a()", LARGE);

        CompletableFuture<Room> other = entering(budget, "B.b()", LARGE);
        awaitSaid("in use are A.a()");
        large.close();
        assertThat(other).as("its machine still runs").isNotDone();
        large.leave(LARGE);

        other.get(10, TimeUnit.SECONDS);
    }

    @Test
    void what_alone_is_larger_than_the_memory_runs_when_nothing_else_does() throws Exception {
        MachineBudget budget = budget();
        Room small = taken(budget, "A.a()", SMALL);

        CompletableFuture<Room> huge = entering(budget, "B.b()", new Demand(2, 5000));
        awaitSaid("in use are A.a()");
        small.leave(SMALL);
        small.close();

        huge.get(10, TimeUnit.SECONDS).leave(new Demand(1, 4000));
    }

    @Test
    void a_reservation_is_taken_as_a_whole_and_its_machines_follow_each_other_in_it() {
        MachineBudget budget = open(Duration.ofMillis(50));
        Room room = reserve(budget, "A", new Demand(2, 200));
        room.enter(SMALL);

        assertThatThrownBy(() -> entering(budget, "B", SMALL).get(10, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("B got no room for 1 machine (100 MiB) within 0.1 s (sanboot.machineTimeout):"
                        + " of 2 machines and 1.0 GiB in all, in use are A (2 machines).");
        room.enter(SMALL);
        room.leave(SMALL);
        room.enter(SMALL);
        assertThatThrownBy(() -> room.enter(SMALL)).hasMessageContaining("sanboot.machineTimeout");
    }

    @Test
    void more_than_there_is_is_refused() {
        Room room = reserve(budget(), "A.a()", new Demand(3, 300));

        assertThatThrownBy(() -> room.enter(new Demand(3, 300)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("A.a() needs 3 machines at once, and sanboot.machines allows 2; set it to 3 or more.");
    }

    @Test
    void who_wants_much_does_not_starve_behind_those_who_want_little() throws Exception {
        MachineBudget budget = budget();
        Room first = taken(budget, "A", SMALL);
        CompletableFuture<Room> both = entering(budget, "B", new Demand(2, 200));
        awaitSaid("waits for 2 machines");

        CompletableFuture<Room> little = entering(budget, "C", SMALL);
        awaitSaid("waits for 1 machine");
        first.leave(SMALL);
        first.close();

        Room room = both.get(10, TimeUnit.SECONDS);
        assertThat(little).isNotDone();
        room.leave(new Demand(2, 200));
        room.close();
        little.get(10, TimeUnit.SECONDS);
    }

    @Test
    void a_thread_that_would_wait_for_itself_is_told_so_at_once() {
        MachineBudget budget = budget();
        taken(budget, "A", new Demand(2, 200));

        assertThatThrownBy(() -> taken(budget, "B", SMALL))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageStartingWith("B cannot get its 1 machine, because its own thread must first end what holds"
                        + " them: of 2 machines and 1.0 GiB in all, in use are A (2 machines).");
    }

    @Test
    void the_budget_is_shared_with_others_and_first_come_is_first_served_among_them_all() throws Exception {
        MachineBudget here = budget();
        MachineBudget elsewhere = budget();
        Room first = taken(elsewhere, "A", new Demand(2, 200));
        CompletableFuture<Room> both = entering(here, "B", new Demand(2, 200));
        awaitSaid("in use are another process: A (2 machines)");

        CompletableFuture<Room> little = entering(elsewhere, "C", SMALL);
        awaitSaid("waits for 1 machine");
        first.leave(new Demand(2, 200));
        first.close();

        both.get(10, TimeUnit.SECONDS);
        assertThat(little).isNotDone();
    }

    @Test
    void who_gives_up_leaves_nothing_behind() {
        MachineBudget here = open(Duration.ofMillis(50));
        MachineBudget elsewhere = budget();
        Room first = taken(elsewhere, "A", new Demand(2, 200));
        assertThatThrownBy(() -> taken(here, "B", SMALL)).hasMessageContaining("another process: A");
        first.leave(new Demand(2, 200));
        first.close();

        taken(elsewhere, "C", new Demand(2, 200));
    }

    @Test
    void room_is_given_back_though_the_others_cannot_be_told() throws Exception {
        MachineBudget budget = budget();
        Room room = taken(budget, "A", SMALL);
        Room other = taken(budget, "B", SMALL);
        FileTrees.delete(directory);

        room.leave(SMALL);
        room.close();

        other.leave(SMALL);
        other.close();
        Files.createDirectories(directory);
        taken(budget, "C", SMALL);
    }

    @Test
    void an_interrupted_wait_ends() throws Exception {
        MachineBudget budget = budget();
        taken(budget, "A", new Demand(2, 200));
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<Room> waiting = CompletableFuture.supplyAsync(
                () -> {
                    thread.complete(Thread.currentThread());
                    return taken(budget, "B", SMALL);
                },
                task -> new Thread(task).start());
        awaitSaid("waits for");
        thread.get().interrupt();

        assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("Waiting for a free machine was interrupted.");
    }
}
