/**
 * What an unattended installation of Windows onto an iSCSI disk needs besides a machine: the answer file, the scripts, and
 * a boot disc that carries both with the drivers.
 *
 * <p>The way in is {@link org.sanboot.windows.setup.InstallationMedium#open}, which says which editions a disc image has;
 * {@link org.sanboot.windows.setup.SetupOptions} holds and checks what is wanted, and {@link
 * org.sanboot.windows.setup.SetupDisc} makes the boot disc. Starts no machine. Depends on {@code block} and {@code process};
 * {@code windows.setup.disc} is its own. Needs {@code wimlib-imagex} and {@code genisoimage}.
 */
@NullMarked
package org.sanboot.windows.setup;

import org.jspecify.annotations.NullMarked;
