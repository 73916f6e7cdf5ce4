/**
 * What machines a lab has, and who uses them: machine types and physical hosts from {@code sanboot-lab.yaml}, and the
 * leases that keep two tests off one host.
 *
 * <p>{@link org.sanboot.inventory.Inventory} reads the file, {@link org.sanboot.inventory.LeaseStore} hands hosts out.
 * Depends on {@code boot} for firmware kinds, on {@code image} for references to secrets, and on {@code yaml}.
 */
@NullMarked
package org.sanboot.inventory;

import org.jspecify.annotations.NullMarked;
