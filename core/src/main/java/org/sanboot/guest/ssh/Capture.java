package org.sanboot.guest.ssh;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;

/**
 * What one stream of a command printed, up to a bound; the rest is read and dropped, so that the command goes on.
 *
 * <p>Written by the session's thread, read by any.
 */
final class Capture extends OutputStream {

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int bound;
    private final Runnable whenClosed;
    private long dropped;

    Capture(int bound, Runnable whenClosed) {
        this.bound = bound;
        this.whenClosed = whenClosed;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        int fitting = Math.min(length, bound - kept.size());
        kept.write(bytes, offset, fitting);
        dropped += length - fitting;
    }

    @Override
    public void close() {
        whenClosed.run();
    }

    synchronized String text(Charset charset) {
        String text = kept.toString(charset);
        return dropped == 0 ? text : text + "%n[%d bytes more were not kept]%n".formatted(dropped);
    }
}
