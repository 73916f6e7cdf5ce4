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
        return new RemotePath(text.endsWith("/") ? text + name : text + "/" + name);
    }

    boolean isRoot() {
        return text.lastIndexOf('/') == 0;
    }

    /** The directory it is in; a root's is itself. */
    RemotePath parent() {
        return isRoot() ? new RemotePath("/") : new RemotePath(text.substring(0, text.lastIndexOf('/')));
    }

    /** The library expands wildcards, which no path of ours is meant to have. */
    String quoted() {
        return text.replaceAll("[\\\\*?]", "\\\\$0");
    }

    @Override
    public String toString() {
        return text;
    }
}
