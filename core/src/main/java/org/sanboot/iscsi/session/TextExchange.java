package org.sanboot.iscsi.session;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.function.Function;
import org.sanboot.iscsi.login.Login;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.TextKeys;
import org.sanboot.iscsi.pdu.TextRequest;
import org.sanboot.iscsi.pdu.TextResponse;
import org.sanboot.iscsi.session.PduWriter.Status;

/** Text requests (RFC 7143 11.10): SendTargets, split over as many PDUs as the initiator needs. */
final class TextExchange {

    /** Linux takes no longer text than this, whatever it declared. */
    private static final int LONGEST_SEGMENT = 8192;

    private static final int LONGEST_REQUEST = 16_384;
    private static final int TAG = 1;

    private final PduWriter writer;
    private final int segment;
    private final Function<String, byte[]> targetList;
    private final ByteArrayOutputStream request = new ByteArrayOutputStream();
    private byte[] unsent = new byte[0];

    TextExchange(PduWriter writer, int maxSendDataSegmentLength, Function<String, byte[]> targetList) {
        this.writer = writer;
        this.segment = Math.min(LONGEST_SEGMENT, maxSendDataSegmentLength);
        this.targetList = targetList;
    }

    void answer(TextRequest pdu, byte[] data) throws IOException {
        if (request.size() + data.length > LONGEST_REQUEST) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A text request is too long");
        }
        boolean asksForRest = pdu.targetTransferTag() == TAG && data.length == 0 && request.size() == 0;
        if (!asksForRest) {
            unsent = new byte[0];
            request.writeBytes(data);
        }
        if (pdu.continues()) {
            send(pdu, false, false, new byte[0]);
            return;
        }
        if (!asksForRest) {
            byte[] whole = request.toByteArray();
            request.reset();
            unsent = answerKeys(TextKeys.parse(whole));
        }
        sendNext(pdu);
    }

    private void sendNext(TextRequest pdu) throws IOException {
        boolean continues = unsent.length > segment;
        byte[] part = continues ? Arrays.copyOf(unsent, segment) : unsent;
        unsent = Arrays.copyOfRange(unsent, part.length, unsent.length);
        send(pdu, !continues && pdu.isFinal(), continues, part);
    }

    private void send(TextRequest pdu, boolean isFinal, boolean continues, byte[] part) throws IOException {
        int tag = isFinal ? BasicHeader.NO_TAG : TAG;
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new TextResponse(isFinal, continues, pdu.lun(), pdu.initiatorTaskTag(), tag, numbers),
                part);
    }

    private byte[] answerKeys(Map<String, String> keys) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        List<Entry<String, String>> others = new ArrayList<>();
        keys.forEach((key, value) -> {
            if (key.equals("SendTargets")) {
                answer.writeBytes(targetList.apply(value));
            } else {
                // Nothing else may be negotiated once the session stands (RFC 7143 clause 13 says where each key may).
                others.add(Map.entry(key, Login.isKey(key) ? "Reject" : "NotUnderstood"));
            }
        });
        answer.writeBytes(TextKeys.encode(others));
        return answer.toByteArray();
    }
}
