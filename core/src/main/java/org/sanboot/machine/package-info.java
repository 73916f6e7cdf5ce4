/**
 * Computers that can be switched on and off, whatever they are made of: power, console and screen.
 *
 * <p>{@link org.sanboot.machine.Machine} is the way in; {@code machine.qemu} makes virtual ones. Depends on {@code boot}
 * and on {@code process}.
 */
@NullMarked
package org.sanboot.machine;

import org.jspecify.annotations.NullMarked;
