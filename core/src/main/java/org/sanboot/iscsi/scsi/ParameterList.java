package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Collects a parameter list and hands it over whole. */
final class ParameterList implements Execution.Sink {

    /** Longer than any list of a command of this target. */
    private static final int LONGEST = 8192;

    private final byte[] list;
    private final Handler handler;
    private int received;

    /** Does what a parameter list asks. */
    @FunctionalInterface
    interface Handler {
        /**
         * Runs the command.
         *
         * @throws ScsiException when the list is wrong
         */
        Execution handle(byte[] list);
    }

    ParameterList(long length, Handler handler) {
        if (length > LONGEST) {
            throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
        }
        this.list = new byte[(int) length];
        this.handler = handler;
    }

    @Override
    public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
        int length = data.remaining();
        data.get(list, (int) position, length);
        received += length;
        return null;
    }

    @Override
    public boolean touchesMedium() {
        return false;
    }

    @Override
    public Execution finish() {
        return received < list.length
                ? Execution.Complete.failed(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR)
                : handle(handler, list);
    }

    static Execution handle(Handler handler, byte[] list) {
        try {
            return handler.handle(list);
        } catch (ScsiException e) {
            return e.completion();
        }
    }
}
