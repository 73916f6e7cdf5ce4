package org.sanboot.iscsi.login;

/** The login cannot go on; the status tells the initiator, the message is for the log. */
final class LoginFailure extends RuntimeException {

    /** What the initiator is told. */
    private final LoginStatus status;

    LoginFailure(LoginStatus status, String message) {
        // Peers cause these at will, so they must be cheap: no stack trace.
        super(message, null, false, false);
        this.status = status;
    }

    LoginStatus status() {
        return status;
    }
}
