/**
 * Disks: a golden disk that is never written, and a copy-on-write overlay on it that is a standard qcow2 file at all
 * times.
 *
 * <p>{@link org.sanboot.block.BlockDevice} is what others read and write. Depends on nothing but the errors.
 */
@NullMarked
package org.sanboot.block;

import org.jspecify.annotations.NullMarked;
