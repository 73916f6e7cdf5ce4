/**
 * What a failure leaves: a sealed disk and all that was recorded of its machine, in a directory of its own.
 *
 * <p>{@link org.sanboot.evidence.FailureStore} is the way in. Depends on {@code image}, which must know that a kept disk
 * stands on one of its images.
 */
@NullMarked
package org.sanboot.evidence;

import org.jspecify.annotations.NullMarked;
