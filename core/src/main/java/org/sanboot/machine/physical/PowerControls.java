package org.sanboot.machine.physical;

import java.time.Duration;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;

/** Makes the control that fits a connection, with commands spaced as the connection asks. */
final class PowerControls {

    private PowerControls() {}

    static PowerControl open(PhysicalHost host, PowerConnection connection) {
        if (connection instanceof PowerConnection.Ipmi ipmi) {
            return paced(new IpmiPower(ipmi), ipmi.interval());
        }
        if (connection instanceof PowerConnection.Redfish redfish) {
            return paced(new RedfishPower(redfish), redfish.interval());
        }
        if (connection instanceof PowerConnection.SnmpOutlet outlet) {
            return paced(new SnmpOutletPower(outlet), outlet.interval());
        }
        if (connection instanceof PowerConnection.Command command) {
            return paced(new CommandPower(host, command), command.interval());
        }
        if (connection instanceof PowerConnection.WakeOnLan wakeOnLan) {
            return new WakeOnLanPower(wakeOnLan, host.mac());
        }
        throw new IllegalArgumentException(connection.toString());
    }

    private static PowerControl paced(PowerControl control, Duration interval) {
        return new PacedPower(control, interval);
    }
}
