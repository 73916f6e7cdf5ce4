package org.sanboot.lab.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.GuestAccess;
import org.sanboot.machine.Machine;

/** The ways into one machine; all of them are open to this user alone. */
record LocalGuestAccess(List<String> commands, Runnable end) implements GuestAccess {

    static GuestAccess to(Machine machine, BootedHost host, Path sockets) {
        if (!machine.isOn()) {
            return new LocalGuestAccess(List.of(), () -> {});
        }
        ConsoleSocket door = ConsoleSocket.open(machine.console(), sockets.resolve(machine.name() + ".door"));
        List<String> commands = new ArrayList<>();
        commands.add("ssh       " + host.sshCommand());
        commands.add("console   socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:%s   (Ctrl-] leaves it)"
                .formatted(door.socket()));
        machine.viewer()
                .ifPresent(socket ->
                        commands.add("screen    remote-viewer vnc+unix://%1$s   (or, with TigerVNC: vncviewer %1$s)"
                                .formatted(socket)));
        return new LocalGuestAccess(List.copyOf(commands), door::close);
    }

    @Override
    public void close() {
        end.run();
    }
}
