package org.sanboot.iscsi;

import java.net.SocketAddress;

/**
 * Who logged in.
 *
 * @param initiatorName in lower case
 * @param isid the initiator's part of the session identifier, 48 bits; firmware and operating system differ in it
 * @param tsih the target's part, 1 to 65535
 * @param remoteAddress where the initiator is
 * @param discovery the session only asks for targets
 */
public record SessionInfo(String initiatorName, long isid, int tsih, SocketAddress remoteAddress, boolean discovery) {}
