package org.sanboot.evidence;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An HTML page that needs nothing beside itself.
 *
 * <p>What it shows was printed by guests that may be hostile. Everything is escaped; beyond that the page's own content
 * security policy names the hashes of the one style sheet and the one script that may run, and forbids all else.
 */
final class Page {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z-]+)}}");

    private Page() {}

    /** Writes the page so that a reader finds the old one or the new one. */
    static void write(Path file, String title, String body) throws IOException {
        String style = resource("report.css");
        String script = resource("report.js");
        Map<String, String> values = Map.of(
                "title",
                escaped(title),
                "style",
                style,
                "style-hash",
                hash(style),
                "script",
                script,
                "script-hash",
                hash(script),
                "body",
                body);
        String page = PLACEHOLDER
                .matcher(resource("report.html"))
                .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), "")));
        Path unfinished = file.resolveSibling("." + file.getFileName());
        try {
            Files.writeString(unfinished, page);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Escapes a text for an element's content and for an attribute in double quotes. */
    static String escaped(String text) {
        int plain = 0;
        while (plain < text.length() && isPlain(text.charAt(plain))) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 32).append(text, 0, plain);
        text.substring(plain).codePoints().forEach(character -> append(escaped, character));
        return escaped.toString();
    }

    /** Nearly all that guests print is ASCII, and a console has many lines. */
    private static boolean isPlain(char character) {
        return character >= ' ' && character < 0x7f && "&<>\"'".indexOf(character) < 0;
    }

    private static void append(StringBuilder escaped, int character) {
        switch (character) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> escaped.appendCodePoint(PlainText.isShown(character) ? character : 0xFFFD);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = Page.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new FileNotFoundException(name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
