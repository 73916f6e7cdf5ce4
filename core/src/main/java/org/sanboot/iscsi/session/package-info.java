/**
 * Connections and sessions of the target (RFC 7143 clause 4): threads, sockets, sequencing, task management.
 *
 * <p>Each connection has one thread, which reads PDUs and runs commands as they come; what may take long runs on a small
 * pool of workers. Depends on {@code pdu}, {@code login} and {@code scsi}.
 */
@NullMarked
package org.sanboot.iscsi.session;

import org.jspecify.annotations.NullMarked;
