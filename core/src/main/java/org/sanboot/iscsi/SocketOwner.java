package org.sanboot.iscsi;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Tells whether a TCP connection belongs to a process (Linux's proc(5): {@code /proc/PID/net/tcp} leads from addresses to an
 * inode, {@code /proc/PID/fd} from the process to its inodes).
 *
 * @param processId of the process
 */
record SocketOwner(long processId) {

    private static final Logger LOG = Logging.logger(SocketOwner.class);

    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int INODE = 9;
    private static final String V4_IN_V6 = hex(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF});

    /** Tells whether the process has a connection with these ends, of which the first is its own. */
    boolean owns(InetSocketAddress own, InetSocketAddress other) {
        try {
            Set<String> inodes = inodes(own, other);
            return !inodes.isEmpty() && hasOpen(inodes);
        } catch (IOException e) {
            LOG.debug("Process {} cannot be looked at: {}", processId, e.toString());
            return false;
        }
    }

    private Set<String> inodes(InetSocketAddress own, InetSocketAddress other) throws IOException {
        Set<String> inodes = new HashSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            Path file = proc("net/" + table);
            if (Files.exists(file)) {
                boolean wide = table.equals("tcp6");
                for (String line : Files.readAllLines(file)) {
                    String[] words = line.strip().split("\\s+");
                    if (words.length > INODE
                            && words[LOCAL].equals(encode(own, wide))
                            && words[REMOTE].equals(encode(other, wide))) {
                        inodes.add("socket:[" + words[INODE] + "]");
                    }
                }
            }
        }
        return inodes;
    }

    private boolean hasOpen(Set<String> inodes) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(proc("fd"))) {
            for (Path descriptor : descriptors) {
                if (inodes.contains(target(descriptor))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed since the directory was read
        }
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(processId), file);
    }

    /** Writes an address as the kernel does: the words of the address in the host's byte order, then the port. */
    private static String encode(InetSocketAddress address, boolean wide) {
        InetAddress host = address.getAddress();
        String prefix = wide && host instanceof Inet4Address ? V4_IN_V6 : "";
        return prefix + hex(host.getAddress()) + String.format(Locale.ROOT, ":%04X", address.getPort());
    }

    private static String hex(byte[] address) {
        StringBuilder text = new StringBuilder();
        ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            text.append(String.format(Locale.ROOT, "%08X", words.getInt()));
        }
        return text.toString();
    }
}
