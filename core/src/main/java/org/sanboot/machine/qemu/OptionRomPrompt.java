package org.sanboot.machine.qemu;

import java.util.function.Consumer;
import org.sanboot.boot.StaticAddress;

/**
 * Saves the five seconds that iPXE as a UEFI option ROM lets pass before it looks for its script: two at its banner and
 * three for a proxy DHCP server.
 *
 * <p>It answers the banner with the key that asks for a command line, and there types what DHCP would have led to. An
 * iPXE that shows no such banner goes on by DHCP, to the same script.
 */
final class OptionRomPrompt implements Consumer<String> {

    private static final String BANNER = "Press Ctrl-B";
    private static final String CONTROL_B = "\u0002";
    private static final String COMMAND_LINE = "iPXE> ";

    private final Consumer<String> keyboard;
    private final String commands;
    private final StringBuilder seen = new StringBuilder();
    private String awaited = BANNER;

    OptionRomPrompt(Consumer<String> keyboard, StaticAddress address) {
        this.keyboard = keyboard;
        // Short, since each character takes the firmware some milliseconds; the script sets the rest. A script that
        // ends
        // without having booted means the firmware's next boot device.
        this.commands = "set net0/ip %s && ifopen net0 && chain tftp://%s/boot.ipxe ; exit\n"
                .formatted(address.address(), address.gateway());
    }

    /** The machine starts anew, and will show the banner again. */
    synchronized void rearm() {
        awaited = BANNER;
        seen.setLength(0);
    }

    @Override
    public synchronized void accept(String text) {
        if (awaited.isEmpty()) {
            return;
        }
        seen.append(text);
        int found = seen.indexOf(awaited);
        if (found < 0) {
            seen.delete(0, Math.max(0, seen.length() - awaited.length()));
            return;
        }
        String rest = seen.substring(found + awaited.length());
        seen.setLength(0);
        if (awaited.equals(BANNER)) {
            awaited = COMMAND_LINE;
            keyboard.accept(CONTROL_B);
            accept(rest);
        } else {
            awaited = "";
            keyboard.accept(commands);
        }
    }
}
