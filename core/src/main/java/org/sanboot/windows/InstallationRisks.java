package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/** Lists what is wrong with an installation whatever machine it boots on, and does not decide whether it boots. */
final class InstallationRisks {

    private final WindowsInstallation installation;
    private final List<Finding> risks = new ArrayList<>();

    private InstallationRisks(WindowsInstallation installation) {
        this.installation = installation;
    }

    static List<Finding> of(WindowsInstallation installation) {
        InstallationRisks risks = new InstallationRisks(installation);
        risks.collect();
        return risks.risks;
    }

    private void collect() {
        installation
                .obstacles()
                .forEach(obstacle -> add("state of the disk", obstacle, "Until then, prepare refuses this disk."));
        installation.doubts().forEach(doubt -> add(doubt.place(), doubt.explanation(), doubt.consequence()));
        WindowsInstallation.Settings settings = installation.settings();
        if (VersionRule.PAGE_FILE_AT_RISK.holdsFor(installation.version())
                && !settings.pageFiles().isEmpty()) {
            add(
                    setting("Control\\Session Manager\\Memory Management\\PagingFiles: "
                            + String.join(", ", settings.pageFiles())),
                    "A page file on an iSCSI disk can end in a bugcheck.",
                    PreparationSwitch.NO_PAGE_FILE.remedy());
        }
        if (settings.fastStartup()) {
            add(
                    setting("Control\\Session Manager\\Power\\HiberbootEnabled: 1"),
                    "Shutting down hibernates the kernel, with the network as it was.",
                    PreparationSwitch.NO_FAST_STARTUP.remedy());
        }
        installation
                .pendingWork()
                .forEach(work -> add(
                        work,
                        "Windows has set-up work left for its next start.",
                        "Let it finish before the image is used: every clone would do it again."));
    }

    private void add(String setting, String explanation, String remedy) {
        risks.add(new Finding(Effect.RISK, setting, explanation, remedy));
    }

    private String setting(String path) {
        return installation.currentControlSet() + "\\" + path;
    }
}
