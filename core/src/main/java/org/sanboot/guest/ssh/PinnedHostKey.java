package org.sanboot.guest.ssh;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.UserInfo;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The host key that a guest showed on first contact; no other is accepted after it.
 *
 * <p>A fresh clone's key is unknown to everybody, but from the first contact on it tells the clone from any other machine
 * that comes to listen on the same port. Thread-safe.
 */
final class PinnedHostKey implements HostKeyRepository {

    private byte @Nullable [] pinned;
    private byte @Nullable [] rejected;

    @Override
    public synchronized int check(String host, byte[] key) {
        if (pinned == null) {
            pinned = key.clone();
            return OK;
        }
        if (Arrays.equals(pinned, key)) {
            return OK;
        }
        rejected = key.clone();
        return CHANGED;
    }

    synchronized void forget() {
        pinned = null;
        rejected = null;
    }

    /** Says which key was expected and which one came, as {@code ssh-keygen -l} prints them. */
    synchronized String describeChange() {
        return "%s, and on first contact it was %s".formatted(fingerprint(rejected), fingerprint(pinned));
    }

    @Override
    public synchronized HostKey[] getHostKey() {
        if (pinned == null) {
            return new HostKey[0];
        }
        try {
            return new HostKey[] {new HostKey("guest", pinned)};
        } catch (JSchException e) {
            throw new IllegalStateException("the pinned host key is none", e);
        }
    }

    /** Makes the library prefer the algorithm of the pinned key when the server has keys of several. */
    @Override
    public HostKey[] getHostKey(@Nullable String host, @Nullable String type) {
        return Arrays.stream(getHostKey())
                .filter(key -> type == null || key.getType().equals(type))
                .toArray(HostKey[]::new);
    }

    @Override
    public String getKnownHostsRepositoryID() {
        return "first contact";
    }

    @Override
    public void add(HostKey key, UserInfo user) {
        // check() has pinned it.
    }

    @Override
    public void remove(String host, String type) {
        // Only forget() does that.
    }

    @Override
    public void remove(String host, String type, byte[] key) {
        // Only forget() does that.
    }

    private static String fingerprint(byte @Nullable [] key) {
        if (key == null) {
            return "none";
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
