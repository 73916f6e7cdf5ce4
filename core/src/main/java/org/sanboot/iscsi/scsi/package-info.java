/**
 * SCSI commands against a block device (SPC-4, SBC-3, SAM-5), whatever carries them.
 *
 * <p>Does no network I/O. {@link org.sanboot.iscsi.scsi.ScsiTarget} takes a command and says, as an
 * {@link org.sanboot.iscsi.scsi.Execution}, what is to be done for it; the transport moves the data. Depends on
 * {@code org.sanboot.block}.
 */
@NullMarked
package org.sanboot.iscsi.scsi;

import org.jspecify.annotations.NullMarked;
