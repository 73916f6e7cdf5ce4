package org.sanboot.iscsi.pdu;

/**
 * How the data that a command moves differs from what the initiator expected (RFC 7143 11.4.5).
 *
 * <p>Overflow is 0x04 and underflow 0x02; Windows drops the connection over a wrong bit.
 *
 * @param kind which way it differs
 * @param count bytes, unsigned
 */
public record Residual(Kind kind, int count) {

    /** All that was expected was moved. */
    public static final Residual NONE = new Residual(Kind.NONE, 0);

    /** Which way the data differs. */
    public enum Kind {
        /** Not at all. */
        NONE(0),
        /** The command had more data than the initiator expected. */
        OVERFLOW(0x04),
        /** The command had less data than the initiator expected. */
        UNDERFLOW(0x02);

        private final int flag;

        Kind(int flag) {
            this.flag = flag;
        }
    }

    /**
     * Computes the residual.
     *
     * @param expected the Expected Data Transfer Length, in bytes
     * @param actual what the command would move, in bytes
     * @return the difference
     */
    public static Residual of(long expected, long actual) {
        if (expected == actual) {
            return NONE;
        }
        return actual > expected
                ? new Residual(Kind.OVERFLOW, (int) Math.min(actual - expected, 0xFFFFFFFFL))
                : new Residual(Kind.UNDERFLOW, (int) (expected - actual));
    }

    int flags() {
        return kind.flag;
    }

    static Residual parse(int flags, int count) {
        if (BasicHeader.bit(flags, Kind.OVERFLOW.flag)) {
            return new Residual(Kind.OVERFLOW, count);
        }
        return BasicHeader.bit(flags, Kind.UNDERFLOW.flag) ? new Residual(Kind.UNDERFLOW, count) : NONE;
    }
}
