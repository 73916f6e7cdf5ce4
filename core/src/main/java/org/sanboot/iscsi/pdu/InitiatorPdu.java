package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/** What an initiator may send. */
public sealed interface InitiatorPdu
        permits NopOut,
                ScsiCommand,
                TaskManagementRequest,
                LoginRequest,
                TextRequest,
                DataOut,
                LogoutRequest,
                SnackRequest,
                UnknownRequest {

    /**
     * Returns what ties the answer to the request.
     *
     * @return the Initiator Task Tag
     */
    int initiatorTaskTag();

    /**
     * Writes the basic header segment at the buffer's position, which does not move.
     *
     * @param out has room for 48 bytes
     * @param dataSegmentLength bytes of data that follow
     */
    void encode(ByteBuffer out, int dataSegmentLength);

    /**
     * Reads a basic header segment at the buffer's position, which does not move.
     *
     * @param in at least 48 bytes
     * @return the PDU
     * @throws ProtocolException when there are fewer
     */
    static InitiatorPdu parse(ByteBuffer in) {
        if (in.remaining() < BasicHeader.LENGTH) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A header has 48 bytes, not " + in.remaining());
        }
        return switch (BasicHeader.opcode(in)) {
            case NopOut.OPCODE -> NopOut.parse(in);
            case ScsiCommand.OPCODE -> ScsiCommand.parse(in);
            case TaskManagementRequest.OPCODE -> TaskManagementRequest.parse(in);
            case LoginRequest.OPCODE -> LoginRequest.parse(in);
            case TextRequest.OPCODE -> TextRequest.parse(in);
            case DataOut.OPCODE -> DataOut.parse(in);
            case LogoutRequest.OPCODE -> LogoutRequest.parse(in);
            case SnackRequest.OPCODE -> SnackRequest.parse(in);
            default -> UnknownRequest.parse(in);
        };
    }
}
