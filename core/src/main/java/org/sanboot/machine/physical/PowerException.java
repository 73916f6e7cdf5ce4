package org.sanboot.machine.physical;

import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;

/** A power controller did not do what it was told. */
public class PowerException extends InfrastructureException {

    private static final long serialVersionUID = 1L;

    /** What is to be made of it. */
    public enum Kind {
        /** It does not answer; it may when it is asked again. */
        UNREACHABLE,
        /** It answers that it cannot just now. */
        BUSY,
        /** It answers that it will not, such as for a wrong password: asking again would only lock the user out. */
        REFUSED
    }

    private final Kind kind;

    PowerException(Kind kind, String message) {
        this(kind, message, null);
    }

    PowerException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * Returns what is to be made of it.
     *
     * @return whether asking again may help
     */
    public Kind kind() {
        return kind;
    }

    boolean deservesRetry() {
        return kind != Kind.REFUSED;
    }
}
