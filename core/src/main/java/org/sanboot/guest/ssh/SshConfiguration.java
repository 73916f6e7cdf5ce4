package org.sanboot.guest.ssh;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Where a guest's ssh server is and how to log in.
 *
 * @param address asked for each connection, because it may change with a power cycle; an
 *     {@link IllegalStateException} says that there is none now, because the machine is off
 * @param user the name to log in with
 * @param authentication how the user shows who they are
 * @param system what the guest understands
 * @param connectTimeout how long the server may be silent while a connection is made, more than zero
 * @param keepAlive how long a connection may be silent before the server is asked for a sign of life, more than zero;
 *     the connection is given up after the third that goes unanswered
 * @param refusalPatience for how long a starting guest may refuse the credentials before that is believed, not negative
 */
public record SshConfiguration(
        Supplier<InetSocketAddress> address,
        String user,
        SshAuthentication authentication,
        GuestSystem system,
        Duration connectTimeout,
        Duration keepAlive,
        Duration refusalPatience) {

    /** A guest emulated on a busy host takes seconds for a key exchange. */
    private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(15);

    private static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(10);

    /** Accounts and PAM come up some seconds after sshd. */
    private static final Duration DEFAULT_REFUSAL_PATIENCE = Duration.ofSeconds(10);

    /** Checks the values. */
    public SshConfiguration {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(authentication, "authentication");
        Objects.requireNonNull(system, "system");
        if (user.isBlank()) {
            throw new IllegalArgumentException("user must not be blank");
        }
        requirePositive(connectTimeout, "connectTimeout");
        requirePositive(keepAlive, "keepAlive");
        if (refusalPatience.isNegative()) {
            throw new IllegalArgumentException("refusalPatience (%s) must not be negative".formatted(refusalPatience));
        }
    }

    /**
     * Returns a configuration for a Linux guest, with defaults that suit emulated machines too.
     *
     * @param address asked for each connection
     * @param user the name to log in with
     * @param authentication how the user shows who they are
     * @return the configuration
     */
    public static SshConfiguration of(
            Supplier<InetSocketAddress> address, String user, SshAuthentication authentication) {
        return new SshConfiguration(
                address,
                user,
                authentication,
                GuestSystem.LINUX,
                DEFAULT_CONNECT_TIMEOUT,
                DEFAULT_KEEP_ALIVE,
                DEFAULT_REFUSAL_PATIENCE);
    }

    /**
     * Changes the system.
     *
     * @param system what the guest understands
     * @return a new configuration
     */
    public SshConfiguration withSystem(GuestSystem system) {
        return new SshConfiguration(address, user, authentication, system, connectTimeout, keepAlive, refusalPatience);
    }

    /**
     * Changes the time-out of connecting.
     *
     * @param connectTimeout how long the server may be silent while a connection is made, more than zero
     * @return a new configuration
     */
    public SshConfiguration withConnectTimeout(Duration connectTimeout) {
        return new SshConfiguration(address, user, authentication, system, connectTimeout, keepAlive, refusalPatience);
    }

    /**
     * Changes when a silent connection is looked after.
     *
     * @param keepAlive the time without a sign of life, more than zero
     * @return a new configuration
     */
    public SshConfiguration withKeepAlive(Duration keepAlive) {
        return new SshConfiguration(address, user, authentication, system, connectTimeout, keepAlive, refusalPatience);
    }

    /**
     * Changes when refused credentials are believed to be wrong.
     *
     * @param refusalPatience the time since the first refusal, not negative
     * @return a new configuration
     */
    public SshConfiguration withRefusalPatience(Duration refusalPatience) {
        return new SshConfiguration(address, user, authentication, system, connectTimeout, keepAlive, refusalPatience);
    }

    private static void requirePositive(Duration value, String name) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("%s (%s) must be positive".formatted(name, value));
        }
    }
}
