package org.sanboot.guest.ssh;

import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/** An absolute path in a guest, as its SFTP server wants it: {@code /tmp/x}, or {@code /C:/x} on Windows. */
record RemotePath(String text) {

    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[/\\\\].*", Pattern.DOTALL);

    /** Reads a path as a test author writes it. */
    static RemotePath parse(String written) {
        String text = DRIVE.matcher(written).matches() ? "/" + written.replace('\\', '/') : written;
        if (!text.startsWith("/")) {
            throw new ConfigurationException(
                    "The path '%s' in the guest must be absolute, such as /tmp/x or C:/x".formatted(written));
        }
        return new RemotePath(text.replaceAll("(?<=.)/+$", ""));
    }

    RemotePath child(String name) {
        return new RemotePath(isRoot() ? text + name : text + "/" + name);
    }

    boolean isRoot() {
        return text.equals("/");
    }

    /** The directory it is in; a root's is itself. */
    RemotePath parent() {
        return new RemotePath(text.substring(0, Math.max(1, text.lastIndexOf('/'))));
    }

    /** For all that expands wildcards in the library, which is everything but making a directory and realpath. */
    String quoted() {
        return text.replaceAll("[\\\\*?]", "\\\\$0");
    }

    @Override
    public String toString() {
        return text;
    }
}
