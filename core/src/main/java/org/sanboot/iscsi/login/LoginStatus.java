package org.sanboot.iscsi.login;

/** How a login step ended: status class and detail (RFC 7143 11.13.5). */
public enum LoginStatus {
    /** Go on. */
    SUCCESS(0x0000),
    /** The initiator broke a rule. */
    INITIATOR_ERROR(0x0200),
    /** The initiator is not who it claims to be, or does not offer the required method. */
    AUTHENTICATION_FAILURE(0x0201),
    /** The initiator may not use this target. */
    AUTHORIZATION_FAILURE(0x0202),
    /** There is no such target here. */
    NOT_FOUND(0x0203),
    /** The initiator speaks no version that the target speaks. */
    UNSUPPORTED_VERSION(0x0205),
    /** A session has one connection here. */
    TOO_MANY_CONNECTIONS(0x0206),
    /** A key that must be given was not. */
    MISSING_PARAMETER(0x0207),
    /** There is no such kind of session. */
    SESSION_TYPE_NOT_SUPPORTED(0x0209),
    /** There is no session with this TSIH. */
    SESSION_DOES_NOT_EXIST(0x020A),
    /** Not a login request, or not in this stage. */
    INVALID_DURING_LOGIN(0x020B),
    /** The target is going away. */
    SERVICE_UNAVAILABLE(0x0301),
    /** The target has as many sessions as it takes. */
    OUT_OF_RESOURCES(0x0302);

    private final int code;

    LoginStatus(int code) {
        this.code = code;
    }

    /**
     * Returns the wire value.
     *
     * @return class and detail in two bytes
     */
    public int code() {
        return code;
    }
}
