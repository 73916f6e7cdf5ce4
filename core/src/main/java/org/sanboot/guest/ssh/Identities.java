package org.sanboot.guest.ssh;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.sanboot.ConfigurationException;

/** Loads private keys, and says what is wrong with one before a machine is booted for it. */
final class Identities {

    private Identities() {}

    /** Makes the library's entry point, with the key in it when there is one. */
    static JSch load(SshAuthentication authentication) {
        JSch jsch = new JSch();
        if (authentication instanceof SshAuthentication.PrivateKey key) {
            add(jsch, key.file());
        }
        return jsch;
    }

    private static void add(JSch jsch, Path file) {
        byte[] content = read(file);
        try {
            KeyPair pair = KeyPair.load(jsch, content.clone(), null);
            boolean encrypted = pair.isEncrypted();
            pair.dispose();
            if (encrypted) {
                throw new ConfigurationException(
                        "The private key %s is protected by a passphrase; 'ssh-keygen -p -N \"\" -f %s' takes it off"
                                .formatted(file, file));
            }
            jsch.addIdentity(file.toString(), content, null, null);
        } catch (JSchException e) {
            throw new ConfigurationException(
                    "%s is no private key that can be used: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("The private key %s does not exist".formatted(file), e);
        } catch (IOException e) {
            throw new ConfigurationException("The private key %s cannot be read: %s".formatted(file, e), e);
        }
    }
}
