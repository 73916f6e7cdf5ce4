package org.sanboot.lab;

import java.nio.file.Path;
import java.util.List;
import org.sanboot.machine.qemu.QemuMachine;

/** The ways into one machine; all of them are open to this user alone. */
record HostAccess(List<String> commands, Runnable end) implements Access {

    static Access to(QemuMachine machine, BootedHost host, Path sockets) {
        if (!machine.isOn()) {
            return new HostAccess(List.of(), () -> {});
        }
        ConsoleDoor door = ConsoleDoor.open(machine.console(), sockets.resolve(machine.name() + ".door"));
        return new HostAccess(
                List.of(
                        "ssh       " + host.sshCommand(),
                        "console   socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:%s   (Ctrl-] leaves it)"
                                .formatted(door.socket()),
                        "screen    remote-viewer vnc+unix://%1$s   (or, with TigerVNC: vncviewer %1$s)"
                                .formatted(machine.vncSocket())),
                door::close);
    }

    @Override
    public void close() {
        end.run();
    }
}
