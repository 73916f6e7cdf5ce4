package org.sanboot.guest.ssh;

import java.nio.file.Path;
import java.util.function.Supplier;

/** How a user shows who they are. No secret is in what {@code toString()} returns. */
public sealed interface SshAuthentication {

    /**
     * A private key, as {@code ssh-keygen -N ''} makes it.
     *
     * @param file the key without a passphrase
     */
    record PrivateKey(Path file) implements SshAuthentication {

        @Override
        public String toString() {
            return "key " + file;
        }
    }

    /**
     * A password.
     *
     * @param secret asked each time a connection is made
     */
    record Password(Supplier<String> secret) implements SshAuthentication {

        @Override
        public String toString() {
            return "the password given";
        }
    }
}
