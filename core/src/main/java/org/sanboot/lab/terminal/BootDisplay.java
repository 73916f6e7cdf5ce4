package org.sanboot.lab.terminal;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;

/**
 * Shows how machines boot: each stage is a line, or a change of the one line on a terminal, where only the last stage of each
 * boot stays. Thread-safe.
 */
public final class BootDisplay {

    private final Terminal terminal;
    private final String prefix;
    private final Map<String, Map<String, String>> booting = new LinkedHashMap<>();

    /**
     * Creates a display on which nothing boots yet.
     *
     * @param terminal where it is shown
     * @param prefix begins every line
     */
    public BootDisplay(Terminal terminal, String prefix) {
        this.terminal = terminal;
        this.prefix = prefix;
    }

    /**
     * Shows that a machine reached a stage.
     *
     * @param boot what it boots for; the machines of one boot are distinguished by their names
     * @param progress the stage
     */
    public void reached(String boot, BootProgress progress) {
        String line = line(progress);
        if (progress.remark() != null) {
            terminal.print(prefix + line);
            return;
        }
        boolean ready = progress.stage() == BootStage.GUEST_READY;
        synchronized (booting) {
            Map<String, String> hosts = booting.computeIfAbsent(boot, key -> new LinkedHashMap<>());
            if (ready) {
                hosts.remove(progress.host());
            } else {
                hosts.put(progress.host(), line);
            }
            show();
        }
        if (!terminal.rewrites() || ready) {
            terminal.print(prefix + line);
        }
    }

    private static String line(BootProgress progress) {
        if (progress.remark() != null) {
            return "%s (%s): %s".formatted(progress.host(), progress.image(), progress.remark());
        }
        return String.format(
                Locale.ROOT,
                "%s (%s): %s %.1f s",
                progress.host(),
                progress.image(),
                progress.stage().title(),
                progress.elapsed().toMillis() / 1000.0);
    }

    /**
     * Ends what is shown of a boot, however it ended.
     *
     * @param boot what was booted for
     */
    public void ended(String boot) {
        synchronized (booting) {
            booting.remove(boot);
            show();
        }
    }

    private void show() {
        String lines = booting.values().stream()
                .flatMap(hosts -> hosts.values().stream())
                .collect(Collectors.joining(", "));
        terminal.status(lines.isEmpty() ? "" : prefix + lines);
    }
}
