/**
 * Speaks to a guest over ssh.
 *
 * <p>{@link org.sanboot.guest.ssh.SshGuest} is the way in, made from an {@link org.sanboot.guest.ssh.SshConfiguration}.
 * Depends on {@code guest} and the errors; the ssh library is known here only.
 */
@NullMarked
package org.sanboot.guest.ssh;

import org.jspecify.annotations.NullMarked;
