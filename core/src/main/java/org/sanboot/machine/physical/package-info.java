/**
 * Real computers: power by whatever controller they have, network boot, and serial over LAN.
 *
 * <p>{@link org.sanboot.machine.physical.PhysicalMachine} is the way in; {@link
 * org.sanboot.machine.physical.PowerControl} switches power by itself. Depends on {@code boot}, {@code inventory} and
 * {@code process}.
 */
@NullMarked
package org.sanboot.machine.physical;

import org.jspecify.annotations.NullMarked;
