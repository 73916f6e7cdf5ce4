package org.sanboot.machine.physical;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Set;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.MacAddress;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;

/** Wake-on-LAN: switches on, and cannot tell whether it did. */
final class WakeOnLanPower implements PowerControl {

    /** Nothing confirms a packet, and broadcasts get lost. */
    private static final int COPIES = 3;

    private final PowerConnection.WakeOnLan connection;
    private final MacAddress mac;

    WakeOnLanPower(PowerConnection.WakeOnLan connection, MacAddress mac) {
        this.connection = connection;
        this.mac = mac;
    }

    @Override
    public String description() {
        return "Wake-on-LAN of %s by %s".formatted(mac, connection.broadcast());
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.ON);
    }

    @Override
    public void on() {
        byte[] packet = magicPacket(mac);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setBroadcast(true);
            InetSocketAddress to = new InetSocketAddress(connection.broadcast(), connection.port());
            for (int copy = 0; copy < COPIES; copy++) {
                socket.send(new DatagramPacket(packet, packet.length, to));
            }
        } catch (IOException e) {
            throw new PowerException(Kind.UNREACHABLE, "%s cannot be sent: %s".formatted(description(), e), e);
        }
    }

    /** Six times 0xff, then the address sixteen times (AMD, Magic Packet Technology, 1995): 102 octets. */
    static byte[] magicPacket(MacAddress mac) {
        byte[] octets = mac.octets();
        byte[] packet = new byte[6 + 16 * octets.length];
        Arrays.fill(packet, 0, 6, (byte) 0xff);
        for (int at = 6; at < packet.length; at += octets.length) {
            System.arraycopy(octets, 0, packet, at, octets.length);
        }
        return packet;
    }

    @Override
    public void off() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public boolean isOn() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void reset() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void softOff() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void close() {}
}
