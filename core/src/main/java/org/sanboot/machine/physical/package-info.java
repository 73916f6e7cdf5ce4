/**
 * Real computers: power by whatever controller they have, network boot, and serial over LAN.
 *
 * <p>{@link org.sanboot.machine.physical.PhysicalMachine} is the way in; {@link
 * org.sanboot.machine.physical.PowerControl} switches power by itself. Depends on {@code boot}, {@code inventory} and
 * {@code process}.
 *
 * <p>{@link org.sanboot.machine.physical.BootNetwork} is what hosts boot from, shared by the processes of one controller.
 *
 * <p>There are no screenshots: neither IPMI 2.0 nor Redfish (DSP0266 and its schemas, whose {@code GraphicalConsole} only
 * says that a vendor's viewer exists) has a way to read a host's screen, and what vendors offer instead differs by model
 * and licence. Serial over LAN is the evidence of what a host printed.
 */
@NullMarked
package org.sanboot.machine.physical;

import org.jspecify.annotations.NullMarked;
