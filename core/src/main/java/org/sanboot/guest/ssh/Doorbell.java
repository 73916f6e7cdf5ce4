package org.sanboot.guest.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connects to an ssh port again and again until a server sends its identification (RFC 4253, section 4.2).
 *
 * <p>A connection alone proves nothing: QEMU's user network accepts it on behalf of a guest that does not listen yet,
 * and closes it then, or leaves it silent as long as the guest has no network. A silent one is therefore given some
 * seconds, for a server may be slow; but others are tried beside it meanwhile, so that the guest is noticed as soon as it
 * answers any.
 *
 * <p>Used by one thread; each attempt blocks a thread of its own.
 */
final class Doorbell implements AutoCloseable {

    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(200);

    /** With this, four attempts are under way at once; dropbear takes 5 unauthenticated connections from one address. */
    private static final int BESIDE_EACH_OTHER = 4;

    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(4);

    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(32);

    private static final int LONGEST_GREETING = 4096;

    private static final String CLOSES_WITH_WORDS = "it closes connections with the words ";

    private final Supplier<InetSocketAddress> address;
    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    private final Set<Socket> waiting = ConcurrentHashMap.newKeySet();
    private volatile Duration patience = FIRST_PATIENCE;
    private long lastAttempt = System.nanoTime() - FIRST_PATIENCE.toNanos();
    private long restEnds = System.nanoTime();
    private volatile boolean closed;

    /** What came of an attempt: a wire, or nothing but an observation. */
    record Answer(InetSocketAddress address, @Nullable Wire wire, String observation) {

        /** Tells whether a server closed with words, as OpenSSH does that has too many of us (its MaxStartups). */
        boolean turnedAway() {
            return wire == null && observation.startsWith(CLOSES_WITH_WORDS);
        }
    }

    /**
     * Makes one that has not tried yet.
     *
     * @param address asked for each attempt
     */
    Doorbell(Supplier<InetSocketAddress> address) {
        this.address = address;
    }

    /**
     * Starts an attempt if one is due, and waits for the next answer to any.
     *
     * @return null when nothing was heard until the next attempt is due
     */
    @Nullable
    Answer ring(Duration atMost) throws InterruptedException {
        if (untilNextAttempt() <= 0) {
            lastAttempt = System.nanoTime();
            attempt(address.get());
        }
        Answer answer = answers.poll(Math.min(untilNextAttempt(), atMost.toNanos()), TimeUnit.NANOSECONDS);
        if (answer != null && answer.turnedAway()) {
            leaveTime();
        }
        return answer;
    }

    /** A server that is slow to greet still serves our earlier attempts, and each further one makes it slower. */
    private void leaveTime() {
        patience = patience.compareTo(LONGEST_PATIENCE) < 0 ? patience.multipliedBy(2) : LONGEST_PATIENCE;
        rest(patience);
    }

    /** Leaves the guest alone for a while. */
    void rest(Duration pause) {
        restEnds = System.nanoTime() + pause.toNanos();
    }

    private long untilNextAttempt() {
        long now = System.nanoTime();
        Duration spacing = waiting.isEmpty() ? BETWEEN_ATTEMPTS : patience.dividedBy(BESIDE_EACH_OTHER);
        return Math.max(lastAttempt + spacing.toNanos() - now, restEnds - now);
    }

    /** Ends all attempts under way. */
    void hangUp() {
        waiting.forEach(Doorbell::closeQuietly);
        Answer late;
        while ((late = answers.poll()) != null) {
            if (late.wire() != null) {
                late.wire().close();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        hangUp();
    }

    private void attempt(InetSocketAddress target) {
        Socket socket = new Socket();
        waiting.add(socket);
        Thread thread = new Thread(() -> wait(socket, target), "sanboot-ssh-doorbell");
        thread.setDaemon(true);
        thread.start();
    }

    private void wait(Socket socket, InetSocketAddress target) {
        Answer answer = listen(socket, target, (int) patience.toMillis());
        waiting.remove(socket);
        if (answer.wire() == null) {
            closeQuietly(socket);
        }
        answers.add(answer);
        if (closed) {
            hangUp();
        }
    }

    private static Answer listen(Socket socket, InetSocketAddress target, int patience) {
        try {
            socket.connect(Wire.resolve(target), patience);
            socket.setSoTimeout(patience);
            byte[] greeting = new byte[LONGEST_GREETING];
            int length = read(socket.getInputStream(), greeting);
            return new Answer(target, new Wire(socket, Arrays.copyOf(greeting, length)), "an ssh server answers");
        } catch (SocketTimeoutException e) {
            return new Answer(
                    target, null, socket.isConnected() ? "it accepts connections and says nothing" : "it is silent");
        } catch (ConnectException e) {
            return new Answer(target, null, "nothing listens there");
        } catch (IOException e) {
            return new Answer(target, null, String.valueOf(e.getMessage()));
        }
    }

    /** Reads until a line begins that is an identification; a server may say other things before it. */
    private static int read(InputStream in, byte[] greeting) throws IOException {
        int length = 0;
        while (length < greeting.length) {
            int count = in.read(greeting, length, greeting.length - length);
            if (count < 0) {
                throw new IOException(closing(greeting, length));
            }
            length += count;
            if (text(greeting, length).contains("\nSSH-")) {
                return length;
            }
        }
        throw new IOException(
                "what answers is no ssh server: " + text(greeting, 40).strip());
    }

    private static String closing(byte[] greeting, int length) {
        String words = text(greeting, length).strip();
        return words.isEmpty()
                ? "it closes connections at once, as when nothing listens in the guest yet"
                : CLOSES_WITH_WORDS + "'" + words + "'";
    }

    /** Begins with a line end, so that the first line is like any other. */
    private static String text(byte[] greeting, int length) {
        return "\n" + new String(greeting, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nobody is interested in it any more.
        }
    }
}
