package org.sanboot.evidence;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What a terminal printed, as lines that a person can read. */
final class PlainText {

    /**
     * Control sequences of ECMA-48 (CSI, OSC and other strings), and escapes of two or three characters. A string ends with
     * its line at the latest, and one without an end is only its introducer: what follows may be a panic. Linux's own console
     * has sequences that begin like a string and have no end (console_codes(4): {@code ESC ] R}, {@code ESC ] P nrrggbb}).
     */
    private static final Pattern CONTROL_SEQUENCE = Pattern.compile("\u001b\\[[0-?]*[ -/]*[@-~]"
            + "|\u001b\\](?:R|P[0-9A-Fa-f]{7})"
            + "|\u001b[\\]PX^_][^\u0007\u001b\r\n]*(?:\u0007|\u001b\\\\)"
            + "|\u001b[ -/]*[0-~]");

    private static final Pattern LINE_END = Pattern.compile("\r*\n|\r+");

    private PlainText() {}

    /** Reads the beginning and, more of it, the end of a text; what is in between is counted. */
    static List<String> read(Path file, int limit) throws IOException {
        try (var text = new RandomAccessFile(file.toFile(), "r")) {
            long length = text.length();
            if (length <= limit) {
                return lines(piece(text, 0, (int) length));
            }
            int head = limit / 8;
            int tail = limit - head;
            String omission = "\n... %d bytes are left out here; the whole text is in %s ...\n"
                    .formatted(length - limit, file.getFileName());
            return lines(piece(text, 0, head) + omission + piece(text, length - tail, tail));
        }
    }

    private static String piece(RandomAccessFile text, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        text.seek(offset);
        text.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static List<String> lines(String terminal) {
        String plain = terminal.indexOf('\u001b') < 0
                ? terminal
                : CONTROL_SEQUENCE.matcher(terminal).replaceAll("");
        String text = LINE_END.matcher(plain).replaceAll("\n").stripTrailing();
        return text.lines().map(PlainText::withoutControls).toList();
    }

    private static String withoutControls(String line) {
        if (line.chars().noneMatch(Character::isISOControl)) {
            return line;
        }
        return line.codePoints()
                .filter(character -> character == '\t' || !Character.isISOControl(character))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Tells whether a character is what it looks like; the others include those that turn the direction of writing. */
    static boolean isShown(int character) {
        boolean turns = (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
        boolean control = Character.isISOControl(character) && character != '\n' && character != '\t';
        return !turns && !control && Character.getType(character) != Character.SURROGATE;
    }
}
