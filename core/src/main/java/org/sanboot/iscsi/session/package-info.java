/**
 * Connections and sessions of the target (RFC 7143 clause 4): threads, sockets, sequencing, task management.
 *
 * <p>What can become of a command is in {@code Task}. The thread that reads a connection does its commands' work too, while
 * the disk is quick; what is known to take long runs on the workers of the logical unit ({@code DeviceServer}), and a reader
 * that a disk holds up all the same is relieved by another thread ({@code ReaderRole}, {@code Lookout}). Depends on
 * {@code pdu}, {@code login} and {@code scsi}.
 */
@NullMarked
package org.sanboot.iscsi.session;

import org.jspecify.annotations.NullMarked;
