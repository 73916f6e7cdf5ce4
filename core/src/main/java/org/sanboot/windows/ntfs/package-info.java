/**
 * Finds and reads files on an NTFS volume, and overwrites their contents in place, without mounting it.
 *
 * <p>The way in is {@link org.sanboot.windows.ntfs.NtfsVolume}. Field names and layouts are those of the Linux-NTFS
 * project's documentation and of {@code layout.h} in ntfs-3g. Nothing that changes the file system's own structures is
 * done here: no file grows, shrinks or moves. Depends on {@code windows.structure} only.
 */
@NullMarked
package org.sanboot.windows.ntfs;

import org.jspecify.annotations.NullMarked;
