/**
 * JUnit Jupiter tests on machines that are freshly booted from iSCSI clones of golden images.
 *
 * <p>{@link org.sanboot.junit.IscsiBooted} is the way in, with {@link org.sanboot.junit.IscsiBootedLinux} and {@link
 * org.sanboot.junit.IscsiBootedWindows} beside it; {@link org.sanboot.junit.Host} tells machines apart. Depends on
 * {@code lab} and on its value types.
 */
@NullMarked
package org.sanboot.junit;

import org.jspecify.annotations.NullMarked;
