/**
 * Windows on iSCSI, as far as it can be seen and set from outside: what is installed on a disk, whether it will boot from
 * iSCSI, and the settings that make it boot.
 *
 * <p>The way in is {@link org.sanboot.windows.WindowsDisk#open}; {@link org.sanboot.windows.WindowsCheck} judges what it
 * found and {@link org.sanboot.windows.WindowsPreparation} changes it. Everything is read without mounting, without
 * privileges and without other programs. Depends on {@code block}; {@code windows.ntfs} and {@code windows.registry}
 * are its own.
 */
@NullMarked
package org.sanboot.windows;

import org.jspecify.annotations.NullMarked;
