package org.sanboot.boot;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A process that shares a boot server and waits for its end. Arguments: socket, port and hardware address. */
final class BootServerHolder {

    private BootServerHolder() {}

    public static void main(String[] arguments) throws InterruptedException {
        MacAddress mac = new MacAddress(arguments[2]);
        SharedBootServer shared = share(Path.of(arguments[0]), Integer.parseInt(arguments[1]), mac);
        if (!shared.serves()) {
            shared.offer(mac, FakeHost.script("disk-of-child"), new BootObserver() {});
        }
        System.out.println(shared.serves() ? "serves" : "joined");
        new CountDownLatch(1).await();
    }

    static SharedBootServer share(Path socket, int port, MacAddress mac) {
        return SharedBootServer.start(
                socket,
                () -> BootServer.start(
                        new BootServerConfiguration(InetAddress.getLoopbackAddress(), port, 0, Set.of(mac)),
                        Map.of(),
                        (address, unused) -> false));
    }
}
