/**
 * Where a machine stands and what it is given: the choice of a host, QEMU here or a leased host in a rack, the disk, the
 * networks, the saved states, the login of the guest.
 *
 * <p>A {@link org.sanboot.lab.provision.MachinePlan} says what is wanted, and a
 * {@link org.sanboot.lab.provision.Provisioner} makes it. Sees the lab's interface and no other wing.
 */
@NullMarked
package org.sanboot.lab.provision;

import org.jspecify.annotations.NullMarked;
