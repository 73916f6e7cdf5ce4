package org.sanboot.evidence;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes a run's known secrets out of text on its way into the evidence.
 *
 * <p>A secret is found as it is, escaped for a URL, JSON or HTML, within Base64 of its UTF-8 or UTF-16LE (as PowerShell's
 * {@code -EncodedCommand} takes it), and all these in UTF-16LE as Windows writes its logs.
 * Secrets shorter than {@value #SHORTEST} characters are left alone: taking them out would tear up the text and hide
 * nothing. Immutable.
 */
public final class Redaction {

    /** What stands in a secret's place. */
    static final String MARK = "[redacted]";

    private static final int SHORTEST = 4;
    private static final int BUFFER = 64 * 1024;

    private final Set<String> secrets;
    private final List<String> forms;
    private final byte[] @Nullable [][] patternsByFirst = new byte[256][][];
    private final int longest;

    private Redaction(Collection<String> secrets) {
        Set<String> known = new LinkedHashSet<>();
        for (String secret : secrets) {
            if (Objects.requireNonNull(secret, "secret").length() >= SHORTEST) {
                known.add(secret);
            }
        }
        this.secrets = known;
        // Longest first: a secret that contains another one goes as a whole.
        this.forms = known.stream()
                .flatMap(secret -> SecretForms.of(secret).stream())
                .filter(form -> form.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        List<byte[]> patterns = forms.stream()
                .flatMap(form ->
                        Stream.of(form.getBytes(StandardCharsets.UTF_8), form.getBytes(StandardCharsets.UTF_16LE)))
                .sorted(Comparator.comparingInt((byte[] pattern) -> pattern.length)
                        .reversed())
                .toList();
        this.longest = patterns.isEmpty() ? 0 : patterns.get(0).length;
        patterns.stream()
                .collect(Collectors.groupingBy(pattern -> pattern[0] & 0xff))
                .forEach((first, those) -> patternsByFirst[first] = those.toArray(byte[][]::new));
    }

    /**
     * Knows no secret.
     *
     * @return a redaction that changes nothing
     */
    public static Redaction none() {
        return new Redaction(List.of());
    }

    /**
     * Knows these secrets.
     *
     * @param secrets passwords and keys as the run used them
     * @return a redaction that takes them out
     */
    public static Redaction of(Collection<String> secrets) {
        return new Redaction(secrets);
    }

    /**
     * Knows more.
     *
     * @param more further secrets
     * @return a redaction that takes out these and what this one does
     */
    public Redaction and(Collection<String> more) {
        Set<String> all = new LinkedHashSet<>(secrets);
        all.addAll(more);
        return new Redaction(all);
    }

    /**
     * Takes the secrets out of a text.
     *
     * @param text anything
     * @return the text with {@code [redacted]} in the place of each secret
     */
    public String apply(String text) {
        String redacted = text;
        for (String form : forms) {
            redacted = redacted.replace(form, MARK);
        }
        return redacted;
    }

    /** Copies a stream of text of any encoding and length, without the secrets. */
    void copy(InputStream source, OutputStream destination) throws IOException {
        if (longest == 0) {
            source.transferTo(destination);
            return;
        }
        byte[] window = new byte[0];
        byte[] piece = new byte[BUFFER];
        for (int length = source.read(piece); length >= 0; length = source.read(piece)) {
            byte[] joined = Arrays.copyOf(window, window.length + length);
            System.arraycopy(piece, 0, joined, window.length, length);
            // What could be the beginning of a secret waits for the next piece.
            window = redact(joined, Math.max(0, joined.length - (longest - 1)), destination);
        }
        redact(window, window.length, destination);
    }

    /** Writes what begins before {@code end}, and returns the rest. */
    private byte[] redact(byte[] text, int end, OutputStream destination) throws IOException {
        int written = 0;
        int at = 0;
        while (at < end) {
            int secret = secretAt(text, at);
            if (secret > 0) {
                destination.write(text, written, at - written);
                destination.write(MARK.getBytes(StandardCharsets.UTF_8));
                at += secret;
                written = at;
            } else {
                at++;
            }
        }
        destination.write(text, written, at - written);
        return Arrays.copyOfRange(text, at, text.length);
    }

    private int secretAt(byte[] text, int at) {
        byte[][] patterns = patternsByFirst[text[at] & 0xff];
        if (patterns != null) {
            for (byte[] pattern : patterns) {
                int end = at + pattern.length;
                if (end <= text.length && Arrays.equals(text, at, end, pattern, 0, pattern.length)) {
                    return pattern.length;
                }
            }
        }
        return 0;
    }

    /** Says how many secrets are known, and none of them. */
    @Override
    public String toString() {
        return "Redaction[" + secrets.size() + " secrets]";
    }
}
