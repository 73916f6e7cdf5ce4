/**
 * How a machine comes from power-on to its iSCSI disk: firmware kinds and the iPXE scripts that connect them.
 *
 * <p>{@link org.sanboot.boot.IpxeScript} is the way in. Depends on nothing but the errors.
 */
@NullMarked
package org.sanboot.boot;

import org.jspecify.annotations.NullMarked;
