/**
 * The login phase (RFC 7143 clause 6 and 12): negotiation of parameters, and CHAP.
 *
 * <p>Does no I/O: {@link org.sanboot.iscsi.login.Login} takes requests and gives responses. Depends on {@code pdu} and the
 * names and credentials of {@code org.sanboot.iscsi}.
 */
@NullMarked
package org.sanboot.iscsi.login;

import org.jspecify.annotations.NullMarked;
