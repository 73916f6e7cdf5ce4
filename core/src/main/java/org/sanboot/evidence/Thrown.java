package org.sanboot.evidence;

import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** Makes words of an exception, whatever its methods do and however much it says. */
final class Thrown {

    /** A message of megabytes would be in the manifest, in the report and in the index. */
    static final int LONGEST_MESSAGE = 64 << 10;

    /** A runaway recursion's trace repeats itself. */
    static final int LONGEST_TRACE = 200_000;

    private Thrown() {}

    static Manifest.@Nullable Thrown describe(@Nullable Throwable exception) {
        return exception == null
                ? null
                : new Manifest.Thrown(exception.getClass().getName(), message(exception), trace(exception));
    }

    private static @Nullable String message(Throwable exception) {
        try {
            String message = exception.getMessage();
            return message == null ? null : cut(message, LONGEST_MESSAGE);
        } catch (RuntimeException | Error e) {
            return "(what it said cannot be told: getMessage() threw %s)"
                    .formatted(e.getClass().getName());
        }
    }

    /** Shortens a text, and says how much is missing. */
    static String cut(String text, int longest) {
        return text.length() <= longest
                ? text
                : "%s\n[... %d of %d characters are left out]"
                        .formatted(text.substring(0, longest), text.length() - longest, text.length());
    }

    private static String trace(Throwable exception) {
        Beginning trace = new Beginning(LONGEST_TRACE);
        try {
            exception.printStackTrace(new PrintWriter(trace));
        } catch (RuntimeException | Error e) {
            trace.write("\n(the stack trace cannot be told: it threw %s)\n"
                    .formatted(e.getClass().getName()));
            frames(exception, trace);
        }
        return trace.toString();
    }

    private static void frames(Throwable exception, Beginning trace) {
        try {
            trace.write(exception.getClass().getName() + "\n");
            for (StackTraceElement frame : exception.getStackTrace()) {
                trace.write("\tat " + frame + "\n");
            }
        } catch (RuntimeException | Error e) {
            // Its class is what can be told.
        }
    }

    /** Keeps the beginning of what is written, and counts the rest. */
    private static final class Beginning extends Writer {

        private final StringBuilder text = new StringBuilder();
        private final int limit;
        private long omitted;

        Beginning(int limit) {
            this.limit = limit;
        }

        @Override
        public void write(String words) {
            write(words, 0, words.length());
        }

        @Override
        public void write(String words, int offset, int length) {
            int taken = Math.min(length, limit - text.length());
            text.append(words, offset, offset + taken);
            omitted += length - taken;
        }

        @Override
        public void write(char[] letters, int offset, int length) {
            int taken = Math.min(length, limit - text.length());
            text.append(letters, offset, taken);
            omitted += length - taken;
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}

        @Override
        public String toString() {
            return omitted == 0 ? text.toString() : "%s\n[... %d characters are left out]".formatted(text, omitted);
        }
    }
}
