/**
 * How a machine comes from power-on to its iSCSI disk: iPXE scripts, and the server that real hardware gets them from.
 *
 * <p>{@link org.sanboot.boot.IpxeScript} and {@link org.sanboot.boot.BootServer} are the ways in. Depends on nothing but
 * the errors.
 */
@NullMarked
package org.sanboot.boot;

import org.jspecify.annotations.NullMarked;
