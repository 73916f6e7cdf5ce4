package org.sanboot.junit;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** One run of test classes, made to be run by a test, on a fake lab. */
final class CaseRun {

    static final String ID_PARAMETER = "case.run";

    private static final Map<String, CaseRun> RUNS = new ConcurrentHashMap<>();

    private final String id = UUID.randomUUID().toString();
    private final List<String> printed = new CopyOnWriteArrayList<>();
    private final EngineTestKit.Builder engine;
    private final LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    private int machines = 4;
    private Supplier<Keyboard> keyboard = () -> new Keyboard(InputStream.nullInputStream(), () -> false);
    private final List<TestExecutionSummary> summaries = new ArrayList<>();
    private FakeLab lab;
    private EngineExecutionResults results;

    private CaseRun(Class<?>... testClasses) {
        DiscoverySelector[] selectors =
                Stream.of(testClasses).map(DiscoverySelectors::selectClass).toArray(DiscoverySelector[]::new);
        engine = EngineTestKit.engine("junit-jupiter").selectors(selectors);
        request.selectors(selectors);
        with("junit.jupiter.extensions.autodetection.enabled", "true");
        with("junit.jupiter.testmethod.order.default", MethodOrderer.MethodName.class.getName());
        with(ID_PARAMETER, id);
    }

    static CaseRun of(Class<?>... testClasses) {
        return new CaseRun(testClasses).execute();
    }

    static CaseRun prepare(Class<?>... testClasses) {
        return new CaseRun(testClasses);
    }

    static CaseRun byId(String id) {
        return RUNS.get(id);
    }

    CaseRun with(String parameter, String value) {
        engine.configurationParameter(parameter, value);
        request.configurationParameter(parameter, value);
        return this;
    }

    CaseRun machines(int atMost) {
        machines = atMost;
        return this;
    }

    CaseRun keyboard(Supplier<Keyboard> supplier) {
        keyboard = supplier;
        return this;
    }

    Keyboard keyboard() {
        return keyboard.get();
    }

    /** Executes with JUnit's own launcher, as build tools do, several times in one session if wanted. */
    CaseRun launch(int times) {
        lab = lab == null ? new FakeLab(machines) : lab;
        RUNS.put(id, this);
        try (LauncherSession session = LauncherFactory.openSession()) {
            for (int i = 0; i < times; i++) {
                SummaryGeneratingListener listener = new SummaryGeneratingListener();
                session.getLauncher().execute(request.build(), listener);
                summaries.add(listener.getSummary());
            }
        } finally {
            RUNS.remove(id);
        }
        return this;
    }

    /** Returns what each launch came to. */
    List<TestExecutionSummary> summaries() {
        return summaries;
    }

    /** Keeps failures in a real directory. */
    CaseRun keepIn(Path directory) {
        lab = new FakeLab(machines);
        lab.keepIn(directory);
        return this;
    }

    CaseRun execute() {
        lab = lab == null ? new FakeLab(machines) : lab;
        RUNS.put(id, this);
        try {
            results = engine.execute();
        } finally {
            RUNS.remove(id);
        }
        return this;
    }

    FakeLab lab() {
        return lab;
    }

    int machines() {
        return machines;
    }

    void print(String line) {
        printed.add(line);
    }

    List<String> printed() {
        return List.copyOf(printed);
    }

    /** Returns what happened in the lab but that it was closed, which JUnit 5.12 does after each execution. */
    List<String> events() {
        return lab.events().stream().filter(event -> !event.equals("close")).toList();
    }

    Events tests() {
        return results.testEvents();
    }

    Events containers() {
        return results.containerEvents();
    }

    Events all() {
        return results.allEvents();
    }

    /** Returns what tests and classes threw, in the order of their ends. */
    List<Throwable> failures() {
        return thrown(results.allEvents().failed());
    }

    Throwable failure() {
        if (failures().size() != 1) {
            throw new AssertionError("expected one failure and not " + failures());
        }
        return failures().get(0);
    }

    /** Returns why tests were aborted. */
    List<String> aborts() {
        return thrown(results.testEvents().aborted()).stream()
                .map(Throwable::getMessage)
                .toList();
    }

    private static List<Throwable> thrown(Events events) {
        return events.stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class))
                .flatMap(result -> result.getThrowable().stream())
                .toList();
    }

    /** Returns what was reported of kept disks. */
    List<Map<String, String>> reportEntries() {
        return results.allEvents()
                .reportingEntryPublished()
                .map(event -> event.getRequiredPayload(ReportEntry.class))
                .map(entry -> entry.getKeyValuePairs())
                .toList();
    }
}
