/**
 * The protocol data units of iSCSI (RFC 7143 clause 11) as records, and their wire form.
 *
 * <p>Does no I/O and keeps no state. {@link org.sanboot.iscsi.pdu.InitiatorPdu#parse} reads what an initiator sends; every
 * {@link org.sanboot.iscsi.pdu.TargetPdu} writes itself. Data segments travel beside the records, so that user data is
 * never copied into one. Depends on nothing.
 */
@NullMarked
package org.sanboot.iscsi.pdu;

import org.jspecify.annotations.NullMarked;
