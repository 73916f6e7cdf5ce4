package org.sanboot.boot;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * What processes that share a boot server say to each other.
 *
 * @param kind what it is about
 * @param offer the number that the offering process gave its offer; 0 when it is about none
 * @param subject a hardware address, an IP address or an iPXE error number
 * @param text a script, or an explanation
 */
record OfferMessage(Kind kind, int offer, String subject, String text) {

    /** What is said; changes need another {@link #VERSION}. */
    enum Kind {
        /** The server's first word: {@code subject} is its version, {@code text} its entry script. */
        WELCOME,
        /** A client offers {@code text} to {@code subject}. */
        OFFER,
        /** A client withdraws an offer. */
        WITHDRAW,
        /** The server did what it was asked. */
        DONE,
        /** The server does not, because of {@code text}. */
        REFUSED,
        /** {@link BootObserver#addressRequested()}. */
        ADDRESS_REQUESTED,
        /** {@link BootObserver#scriptFetched}, from {@code subject}. */
        SCRIPT_FETCHED,
        /** {@link BootObserver#scriptRunning()}. */
        SCRIPT_RUNNING,
        /** {@link BootObserver#sanFailed}, with {@code subject}. */
        SAN_FAILED
    }

    static final String VERSION = "1";

    /** A script is less than a tenth of this. */
    static final int LONGEST = 32 * 1024;

    /** What stands in a script for the address to report to, which only the server knows; a name that is never resolved. */
    static final String EVENTS = "http://events.sanboot.invalid";

    static OfferMessage of(Kind kind, int offer) {
        return new OfferMessage(kind, offer, "", "");
    }

    static OfferMessage of(Kind kind, int offer, String subject) {
        return new OfferMessage(kind, offer, subject, "");
    }

    byte[] encoded() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeUTF(kind.name());
        data.writeInt(offer);
        data.writeUTF(subject);
        data.writeUTF(text);
        return bytes.toByteArray();
    }

    static OfferMessage decoded(byte[] bytes) throws IOException {
        DataInputStream data = new DataInputStream(new ByteArrayInputStream(bytes));
        String kind = data.readUTF();
        try {
            return new OfferMessage(Kind.valueOf(kind), data.readInt(), data.readUTF(), data.readUTF());
        } catch (IllegalArgumentException e) {
            throw new IOException("a message '" + kind + "'", e);
        }
    }
}
