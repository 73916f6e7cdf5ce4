package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/** What a target may send. */
public sealed interface TargetPdu
        permits NopIn,
                ScsiResponse,
                TaskManagementResponse,
                LoginResponse,
                TextResponse,
                DataIn,
                LogoutResponse,
                ReadyToTransfer,
                AsyncMessage,
                Reject {

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
     * @throws ProtocolException for an operation code that this target never sends
     */
    static TargetPdu parse(ByteBuffer in) {
        if (in.remaining() < BasicHeader.LENGTH) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A header has 48 bytes, not " + in.remaining());
        }
        return switch (BasicHeader.opcode(in)) {
            case NopIn.OPCODE -> NopIn.parse(in);
            case ScsiResponse.OPCODE -> ScsiResponse.parse(in);
            case TaskManagementResponse.OPCODE -> TaskManagementResponse.parse(in);
            case LoginResponse.OPCODE -> LoginResponse.parse(in);
            case TextResponse.OPCODE -> TextResponse.parse(in);
            case DataIn.OPCODE -> DataIn.parse(in);
            case LogoutResponse.OPCODE -> LogoutResponse.parse(in);
            case ReadyToTransfer.OPCODE -> ReadyToTransfer.parse(in);
            case AsyncMessage.OPCODE -> AsyncMessage.parse(in);
            case Reject.OPCODE -> Reject.parse(in);
            default ->
                throw new ProtocolException(
                        RejectReason.COMMAND_NOT_SUPPORTED,
                        String.format("This target never sends operation code 0x%02x", BasicHeader.opcode(in)));
        };
    }
}
