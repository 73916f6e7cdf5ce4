package org.sanboot.lab.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.lab.Demand;
import org.sanboot.lab.MachineLimits;

/** The budget of two JVMs, one of which is killed. */
@Tag("boot")
@Timeout(60)
class MachineBudgetIT {

    private static final MachineLimits LIMITS = new MachineLimits(1, ByteSize.parse("1G"), Duration.ofSeconds(30));

    /** Takes all there is, says so, and keeps it until its death. */
    public static final class Holder {

        private Holder() {}

        public static void main(String... arguments) throws IOException {
            MachineBudget budget = new MachineBudget(Path.of(arguments[0]), LIMITS);
            budget.reserve("the other run", new Demand(1, 1), remark -> {}).enter(new Demand(1, 1));
            System.out.println("taken");
            var unused = System.in.read();
        }
    }

    @Test
    void what_a_jvm_held_is_free_when_it_is_killed(@TempDir Path directory) throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = holder.inputReader();
                MachineBudget budget = new MachineBudget(directory, LIMITS, Duration.ZERO)) {
            assertThat(output.readLine()).isEqualTo("taken");
            StringBuilder said = new StringBuilder();

            budget.reserve("this run", new Demand(1, 1), remark -> {
                        said.append(remark);
                        holder.destroyForcibly();
                    })
                    .enter(new Demand(1, 1));

            assertThat(said).contains("in use are another process: the other run (1 machine)");
        } finally {
            holder.destroyForcibly();
        }
    }
}
