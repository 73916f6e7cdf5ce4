/**
 * The embedded iSCSI target (RFC 7143): it gives block devices to initiators, and tells how far they got.
 *
 * <p>Start with {@link org.sanboot.iscsi.IscsiServer}. The sub-packages are its inside. Depends on
 * {@code org.sanboot.block}.
 */
@NullMarked
package org.sanboot.iscsi;

import org.jspecify.annotations.NullMarked;
