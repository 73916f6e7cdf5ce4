/**
 * A running operating system: commands, files, readiness.
 *
 * <p>{@link org.sanboot.guest.Guest} is the way in; {@code guest.ssh} speaks to one over ssh. Depends on nothing but the
 * errors; AssertJ is known here only, so that a {@link org.sanboot.guest.CommandResult} can be asserted on.
 */
@NullMarked
package org.sanboot.guest;

import org.jspecify.annotations.NullMarked;
