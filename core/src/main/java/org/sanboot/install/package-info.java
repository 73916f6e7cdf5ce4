/**
 * Unattended installations: an operating system that installs itself onto a blank iSCSI disk, which then becomes a golden
 * image.
 *
 * <p>{@link org.sanboot.install.Installer} is the way in; {@link org.sanboot.install.InstallRecipe} says what to install.
 * Depends on disks, images, the target, boot scripts, QEMU machines, guests and processes; {@code lab}, its sibling, boots
 * what was installed.
 */
@NullMarked
package org.sanboot.install;

import org.jspecify.annotations.NullMarked;
