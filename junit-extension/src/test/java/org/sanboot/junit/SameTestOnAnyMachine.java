package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.sanboot.lab.BootedHost;

/** The tests that {@link PhysicalHostIT} runs, in a JVM of their own, on whatever machine the run is set to. */
@IscsiBootedLinux
@TestMethodOrder(MethodOrderer.MethodName.class)
class SameTestOnAnyMachine {

    @Test
    void first_writes_and_fails(BootedHost host) {
        assertThat(host.run("ls /root/note")).failed();
        assertThat(host.run("echo broken > /root/note && sync")).succeeded();

        assertThat(host.run("cat /root/note")).hasOutput("intact");
    }

    @Test
    void second_sees_nothing_of_what_the_first_wrote(BootedHost host) {
        assertThat(host.run("ls /root/note")).failed();
    }

    /** Runs the tests, and prints what became of them. */
    public static void main(String[] arguments) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        try (LauncherSession session = LauncherFactory.openSession()) {
            session.getLauncher()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(selectClass(SameTestOnAnyMachine.class))
                                    .build(),
                            summary);
        }
        summary.getSummary().getFailures().forEach(failure -> {
            System.out.println("failed: " + failure.getTestIdentifier().getDisplayName());
            failure.getException().printStackTrace(System.out);
        });
        summary.getSummary().printTo(new PrintWriter(System.out, true));
        System.exit(0);
    }
}
