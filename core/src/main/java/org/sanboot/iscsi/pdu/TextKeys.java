package org.sanboot.iscsi.pdu;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The text format of login and text PDUs: key=value pairs, each ended by a zero byte (RFC 7143 6.1). */
public final class TextKeys {

    private static final int LONGEST_KEY = 63;

    private TextKeys() {}

    /**
     * Reads the pairs in their order.
     *
     * @param text the data segments of one request, put together
     * @return values by key
     * @throws ProtocolException when a pair has no '=', a key is too long, or a key comes twice
     */
    public static Map<String, String> parse(byte[] text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        int start = 0;
        while (start < text.length) {
            int end = start;
            while (end < text.length && text[end] != 0) {
                end++;
            }
            if (end > start) {
                addPair(pairs, new String(text, start, end - start, StandardCharsets.UTF_8));
            }
            start = end + 1;
        }
        return pairs;
    }

    private static void addPair(Map<String, String> pairs, String pair) {
        int equals = pair.indexOf('=');
        if (equals < 1 || equals > LONGEST_KEY) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "Text without a key of 1 to 63 characters");
        }
        if (pairs.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A key was given twice");
        }
    }

    /**
     * Writes pairs in their order; a key may come more than once, as in the answer to SendTargets.
     *
     * @param pairs keys and values
     * @return the text
     */
    public static byte[] encode(List<Map.Entry<String, String>> pairs) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        pairs.forEach(pair -> {
            text.writeBytes((pair.getKey() + "=" + pair.getValue()).getBytes(StandardCharsets.UTF_8));
            text.write(0);
        });
        return text.toByteArray();
    }
}
