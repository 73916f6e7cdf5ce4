package org.sanboot.inventory;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What switches a host on and off, and how it is reached. Secrets are references, looked up when they are used. */
public sealed interface PowerConnection {

    /**
     * A management controller that speaks IPMI 2.0 over LAN.
     *
     * @param address host name or IP address
     * @param port UDP port, 623 by rights
     * @param user of the controller
     * @param password of that user
     * @param cipherSuite as ipmitool numbers them; 3 and 17 are common
     * @param interval the least time between two commands
     */
    record Ipmi(String address, int port, String user, PasswordReference password, int cipherSuite, Duration interval)
            implements PowerConnection {}

    /**
     * A management controller that speaks Redfish.
     *
     * @param service its root, such as {@code https://10.78.0.11}
     * @param user of the controller
     * @param password of that user
     * @param fingerprint SHA-256 of its certificate in hexadecimal without colons, or null to trust the Java runtime's
     *     authorities
     * @param system path of the computer system, or null when there is only one
     * @param interval the least time between two commands
     */
    record Redfish(
            URI service,
            String user,
            PasswordReference password,
            @Nullable String fingerprint,
            @Nullable String system,
            Duration interval)
            implements PowerConnection {}

    /**
     * An outlet of a switched power distribution unit, by SNMP version 2c.
     *
     * @param address host name or IP address, with a port behind a colon where it is not 161
     * @param community of those who may write
     * @param outlet the object that is read and written, as a numeric identifier
     * @param on the integer that switches on
     * @param off the integer that switches off
     * @param interval the least time between two commands
     */
    record SnmpOutlet(String address, PasswordReference community, String outlet, int on, int off, Duration interval)
            implements PowerConnection {}

    /**
     * Wake-on-LAN, which can switch on and nothing else.
     *
     * @param broadcast where the magic packet is sent, such as {@code 10.78.0.255}
     * @param port UDP port, 9 by custom
     */
    record WakeOnLan(String broadcast, int port) implements PowerConnection {}

    /**
     * Anything that a shell line can do. The lines find {@code SANBOOT_HOST}, {@code SANBOOT_MAC}, {@code SANBOOT_BMC} and
     * {@code SANBOOT_PASSWORD} in their environment.
     *
     * @param on switches on
     * @param off takes the power away
     * @param status prints {@code on} or {@code off} first, or null when nobody can tell
     * @param reset presses the reset button, or null when there is none
     * @param address of the controller, or null
     * @param password for the lines, or null
     * @param interval the least time between two commands
     */
    record Command(
            String on,
            String off,
            @Nullable String status,
            @Nullable String reset,
            @Nullable String address,
            @Nullable PasswordReference password,
            Duration interval)
            implements PowerConnection {}
}
