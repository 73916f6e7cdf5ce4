/**
 * Proving images: what was made is booted over iSCSI and examined before it becomes an image.
 *
 * <p>The way in is {@link org.sanboot.proof.ImageProof}; what is looked at in the guest is an {@link
 * org.sanboot.proof.Examination}. Depends on {@code image}, {@code lab}, {@code guest} and {@code evidence}. Only {@code
 * cli} depends on this package.
 */
@NullMarked
package org.sanboot.proof;

import org.jspecify.annotations.NullMarked;
