package org.sanboot.cli.windows;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallStage;

/** Prints how far Windows' setup has come, and knows what it usually is that stops it there. */
final class SetupWatch implements Consumer<InstallProgress> {

    private final Consumer<String> out;
    private final Set<InstallStage> reached = EnumSet.noneOf(InstallStage.class);

    SetupWatch(Consumer<String> out) {
        this.out = out;
    }

    @Override
    public synchronized void accept(InstallProgress progress) {
        reached.add(progress.stage());
        out.accept(progress.line());
    }

    /** Names the likely cause, by the last thing that went well. */
    synchronized String advice() {
        if (reached.contains(InstallStage.SYSTEM_LOGIN)) {
            return "The installed Windows runs from its disk, but its first start did not come to its end. The last"
                    + " picture shows what it asks or reports; a question means an answer that this Windows does not take.";
        }
        if (reached.contains(InstallStage.FIRST_WRITE)) {
            return "Setup wrote to the disk, but the installed Windows never logged in to it. A blue screen with 0x7B"
                    + " means the network card's driver or a filter on it; a black one, the boot loader or the firmware.";
        }
        if (reached.contains(InstallStage.INSTALLER_LOGIN)) {
            return "Setup has the disk but writes nothing to it. The last picture shows what it asks or refuses: most"
                    + " often the product key, or an edition that the key is not for.";
        }
        if (reached.contains(InstallStage.INSTALLER_BOOT)) {
            return "Setup never logged in to the disk. \"SANBOOT: there is no iSCSI disk\" on the last picture means the"
                    + " network card's driver; no window at all, that the disc did not start.";
        }
        return "The machine's firmware never came to the disc: the last picture shows why.";
    }
}
