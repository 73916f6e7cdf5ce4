package org.sanboot.junit;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sanboot.lab.terminal.Terminal;

/** Gives a run the fake lab of its {@link CaseRun}; found by JUnit's auto-detection, which only those runs switch on. */
public final class FakeLabExtension implements BeforeAllCallback {

    public FakeLabExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        CaseRun run = CaseRun.byId(
                context.getConfigurationParameter(CaseRun.ID_PARAMETER).orElseThrow());
        LabSession.install(
                context,
                () -> LabSession.open(
                        RunSettings.of(context),
                        run::lab,
                        run.machines(),
                        run::keyboard,
                        Terminal.plain(text -> run.print(text.stripTrailing()))));
    }
}
