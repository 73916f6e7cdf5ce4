package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/**
 * Where the secret of a login is found. The secret itself is in no image, report or message; {@code toString()} is the
 * reference, as {@link #parse} takes it.
 */
public sealed interface Secret {

    /**
     * Reads a reference.
     *
     * @param reference {@code key:PATH}, a private key; or a password: {@code env:NAME}, an environment variable;
     *     {@code file:PATH}, the first line of a file; {@code command:WORDS}, the first line that a shell command prints
     * @return the reference
     * @throws ConfigurationException when it is none of these
     */
    static Secret parse(String reference) {
        int colon = reference.indexOf(':');
        String rest = reference.substring(colon + 1).strip();
        if (colon < 0 || rest.isEmpty()) {
            throw unknown();
        }
        return switch (reference.substring(0, colon)) {
            case "key" -> new PrivateKey(Path.of(rest).toAbsolutePath());
            case "env" -> new PasswordVariable(rest);
            case "file" -> new PasswordFile(Path.of(rest).toAbsolutePath());
            case "command" -> new PasswordCommand(rest);
            default -> throw unknown();
        };
    }

    /** Does not quote what was given: it may be a password that was meant to be referred to. */
    private static ConfigurationException unknown() {
        return new ConfigurationException("A secret is referred to, not given: key:PATH for a private key, or env:NAME,"
                + " file:PATH or command:WORDS for a password.");
    }

    /**
     * A private key for ssh.
     *
     * @param file in OpenSSH or PEM form
     */
    record PrivateKey(Path file) implements Secret {
        @Override
        public String toString() {
            return "key:" + file;
        }
    }

    /** A password. */
    sealed interface Password extends Secret {

        /**
         * Looks the password up, anew each time.
         *
         * @return the secret; it belongs into no message
         * @throws ConfigurationException when it is not where it should be
         */
        String read();
    }

    /**
     * A password in an environment variable.
     *
     * @param name of the variable
     */
    record PasswordVariable(String name) implements Password {

        private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

        /** Checks the name. */
        public PasswordVariable {
            if (!NAME.matcher(name).matches()) {
                throw new ConfigurationException("What follows env: must be the name of an environment variable.");
            }
        }

        @Override
        public String read() {
            String value = System.getenv(name);
            if (value == null || value.isEmpty()) {
                throw new ConfigurationException("The password is not there: environment variable " + name
                        + " is not set; set it, or refer to another place.");
            }
            return value;
        }

        @Override
        public String toString() {
            return "env:" + name;
        }
    }

    /**
     * A password in the first line of a file.
     *
     * @param file readable for the user only, one hopes
     */
    record PasswordFile(Path file) implements Password {
        @Override
        public String read() {
            try {
                return firstLine(Files.readAllLines(file), toString());
            } catch (IOException e) {
                throw new ConfigurationException("The password file " + file + " cannot be read: " + e + ".", e);
            }
        }

        @Override
        public String toString() {
            return "file:" + file;
        }
    }

    /**
     * A password that a shell command prints first.
     *
     * @param words the command line
     */
    record PasswordCommand(String words) implements Password {
        @Override
        public String read() {
            try {
                Process process = new ProcessBuilder("sh", "-c", words)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                process.getOutputStream().close();
                List<String> lines = process.inputReader().lines().toList();
                int status = process.waitFor();
                if (status != 0) {
                    throw new ConfigurationException(
                            "The password command \"%s\" failed with status %d.".formatted(words, status));
                }
                return firstLine(lines, toString());
            } catch (IOException e) {
                throw new ConfigurationException("The password command \"" + words + "\" cannot be run.", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ConfigurationException("The password command \"" + words + "\" was interrupted.", e);
            }
        }

        @Override
        public String toString() {
            return "command:" + words;
        }
    }

    private static String firstLine(List<String> lines, String reference) {
        if (lines.isEmpty() || lines.get(0).isEmpty()) {
            throw new ConfigurationException("The password is empty: " + reference + " gives no first line.");
        }
        return lines.get(0);
    }
}
