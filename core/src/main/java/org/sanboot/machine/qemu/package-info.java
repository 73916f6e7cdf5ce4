/**
 * Virtual machines by QEMU, one process for each power-on, steered by QMP.
 *
 * <p>{@link org.sanboot.machine.qemu.QemuMachine} is the way in, {@link org.sanboot.machine.qemu.QemuConfiguration} says
 * what to build, and {@link org.sanboot.machine.qemu.Acceleration} finds out whether KVM works here. Depends on {@code
 * machine}, {@code boot} and {@code process}.
 */
@NullMarked
package org.sanboot.machine.qemu;

import org.jspecify.annotations.NullMarked;
