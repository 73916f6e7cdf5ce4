package org.sanboot.evidence;

import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ways in which a secret is written when it is sent: escaped for a URL, JSON or HTML, and within Base64. */
final class SecretForms {

    /** What writers of HTML and XML make of the five special characters, each in the order of {@link #SPECIAL}. */
    private static final List<List<String>> HTML = List.of(
            List.of("&amp;", "&lt;", "&gt;", "&quot;", "&#39;"),
            List.of("&amp;", "&lt;", "&gt;", "&quot;", "&#x27;"),
            List.of("&amp;", "&lt;", "&gt;", "&quot;", "&#039;"),
            List.of("&amp;", "&lt;", "&gt;", "&quot;", "&apos;"),
            List.of("&amp;", "&lt;", "&gt;", "&quot;", "'"),
            List.of("&amp;", "&lt;", "&gt;", "&#34;", "&#39;"),
            List.of("&amp;", "&lt;", "&gt;", "\"", "'"),
            List.of("&#38;", "&#60;", "&#62;", "&#34;", "&#39;"),
            List.of("&#x26;", "&#x3C;", "&#x3E;", "&#x22;", "&#x27;"),
            List.of("&#x26;", "&#x3c;", "&#x3e;", "&#x22;", "&#x27;"));

    private static final String SPECIAL = "&<>\"'";

    private SecretForms() {}

    /** Returns the secret itself and all other forms. */
    static Set<String> of(String secret) {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(secret);
        url(secret, forms);
        json(secret, forms);
        for (List<String> style : HTML) {
            forms.add(mapped(secret, character -> isSpecial(character) ? style.get(SPECIAL.indexOf(character)) : null));
        }
        for (String text : List.copyOf(forms)) {
            base64(text, StandardCharsets.UTF_8, forms);
        }
        base64(secret, StandardCharsets.UTF_16LE, forms);
        return forms;
    }

    private static boolean isSpecial(int character) {
        return SPECIAL.indexOf(character) >= 0;
    }

    private static void url(String secret, Set<String> forms) {
        String form = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        forms.add(form);
        String percent = form.replace("+", "%20");
        forms.add(percent);
        forms.add(lowerCaseEscapes(percent));
    }

    private static String lowerCaseEscapes(String percent) {
        StringBuilder lower = new StringBuilder(percent);
        for (int i = lower.indexOf("%"); i >= 0; i = lower.indexOf("%", i + 1)) {
            lower.replace(i, i + 3, lower.substring(i, i + 3).toLowerCase(Locale.ROOT));
        }
        return lower.toString();
    }

    /** RFC 8259, section 7: what must be escaped, and what may be for the sake of HTML around it or of ASCII. */
    private static void json(String secret, Set<String> forms) {
        String must = mapped(secret, SecretForms::inJson);
        forms.add(must);
        forms.add(must.replace("/", "\\/"));
        for (String pattern : List.of("\\u%04x", "\\u%04X")) {
            forms.add(mapped(secret, character -> {
                boolean careful = character > 0x7e || (isSpecial(character) && character != '"');
                String escaped = inJson(character);
                return escaped == null && careful ? unicode(character, pattern) : escaped;
            }));
        }
    }

    private static String unicode(int character, String pattern) {
        StringBuilder escaped = new StringBuilder();
        for (char unit : Character.toChars(character)) {
            escaped.append(String.format(Locale.ROOT, pattern, (int) unit));
        }
        return escaped.toString();
    }

    private static @Nullable String inJson(int character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> character < 0x20 ? unicode(character, "\\u%04x") : null;
        };
    }

    /** An escape for a character, or nothing where it stays what it is. */
    private interface Escape {
        @Nullable
        String of(int character);
    }

    private static String mapped(String secret, Escape escape) {
        StringBuilder mapped = new StringBuilder();
        secret.codePoints().forEach(character -> {
            String escaped = escape.of(character);
            if (escaped == null) {
                mapped.appendCodePoint(character);
            } else {
                mapped.append(escaped);
            }
        });
        return mapped.toString();
    }

    /**
     * In Base64 three bytes are four letters, so what a text becomes depends on where it begins among the bytes around it: of
     * each of the three ways, the letters that are the secret's alone.
     */
    private static void base64(String text, Charset charset, Set<String> forms) {
        byte[] bytes = text.getBytes(charset);
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            int from = (before * 8 + 5) / 6;
            int to = shifted.length * 8 / 6;
            forms.add(Base64.getEncoder().encodeToString(shifted).substring(from, to));
            forms.add(Base64.getUrlEncoder().encodeToString(shifted).substring(from, to));
        }
    }
}
