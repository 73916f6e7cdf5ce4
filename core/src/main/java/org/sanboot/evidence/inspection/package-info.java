/**
 * Looks into a sealed disk without root and without changing it: volumes, files, and what changed.
 *
 * <p>{@link org.sanboot.evidence.inspection.DiskInspection} is the way in. The work is done by QEMU's tools, the Sleuth Kit
 * and e2fsck. Depends on {@code process} and the errors.
 */
@NullMarked
package org.sanboot.evidence.inspection;

import org.jspecify.annotations.NullMarked;
