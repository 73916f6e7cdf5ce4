package org.sanboot.machine.qemu;

import java.util.function.Consumer;
import org.sanboot.boot.StaticAddress;

/**
 * Leads iPXE to its script by UEFI, without the five seconds that it lets pass otherwise: two at its banner and three for
 * a proxy DHCP server.
 *
 * <p>An iPXE since 2023 takes commands as the arguments of its program. To an older one they are typed: it shows a banner
 * with the key that asks for its command line. One that shows no such banner goes on by DHCP, to the same script.
 */
final class IpxePrompt implements Consumer<String> {

    private static final String BANNER = "Press Ctrl-B";
    private static final String CONTROL_B = "\u0002";
    private static final String COMMAND_LINE = "iPXE> ";

    private final Consumer<String> keyboard;
    private final String commands;
    private final StringBuilder seen = new StringBuilder();
    private String awaited = BANNER;

    IpxePrompt(Consumer<String> keyboard, StaticAddress address) {
        this.keyboard = keyboard;
        // A script that ends without having booted means the firmware's next boot device.
        this.commands = commands(address) + " ; exit\n";
    }

    /** Short, since each character that is typed takes the firmware some milliseconds; the script sets the rest. */
    private static String commands(StaticAddress address) {
        return "set net0/ip %s && ifopen net0 && chain tftp://%s/boot.ipxe"
                .formatted(address.address(), address.gateway());
    }

    /** What iPXE does when it is started with these arguments; the first word is its own name. */
    static String arguments(StaticAddress address) {
        return "ipxe " + commands(address);
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
