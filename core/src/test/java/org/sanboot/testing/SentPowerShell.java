package org.sanboot.testing;

import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PowerShell on its way to a guest, looked at for what keeps it from being read at all: one such mistake, and nothing of
 * the script is run.
 *
 * <p>It is no parser. It knows quotation marks, brackets, comments, and the words that may not be used as names.
 */
public final class SentPowerShell {

    private static final Map<Character, Character> CLOSING = Map.of('(', ')', '{', '}', '[', ']');

    /** Where a block may begin with one of these, PowerShell takes it for its own and not for a command. */
    private static final Pattern BLOCK_BEGINS = Pattern.compile(
            "\\s*(?:(?:begin|process|end|clean|dynamicparam)\\b(?!\\s*\\{)|param\\b(?!\\s*\\()).*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern RESERVED_NAME = Pattern.compile(
            "\\b(?:function|filter)\\s+(?:begin|break|catch|class|clean|continue|data|define|do|dynamicparam|else|elseif|end"
                    + "|enum|exit|filter|finally|for|foreach|from|function|if|in|param|process|return|switch|throw|trap"
                    + "|try|until|using|var|while|workflow)\\b(?!-)",
            Pattern.CASE_INSENSITIVE);

    private final String script;
    private int at = -1;

    private SentPowerShell(String script) {
        this.script = script;
    }

    /**
     * Takes the script out of a command line that ends with it.
     *
     * @param line with {@code -EncodedCommand}
     * @return the script, which has none of the mistakes that this class knows
     */
    public static String in(String line) {
        byte[] encoded = Base64.getDecoder().decode(line.substring(line.lastIndexOf(' ') + 1));
        return checked(new String(encoded, UTF_16LE));
    }

    /**
     * Looks at a script.
     *
     * @param script as PowerShell gets it
     * @return the same
     */
    public static String checked(String script) {
        Matcher reserved = RESERVED_NAME.matcher(script);
        if (reserved.find()) {
            throw new AssertionError("'%s' in:%n%s".formatted(reserved.group(), script));
        }
        new SentPowerShell(script).check();
        return script;
    }

    private void check() {
        Deque<Character> open = new ArrayDeque<>();
        requireBlock();
        for (at = 0; at < script.length(); at++) {
            char letter = script.charAt(at);
            if (letter == '`') {
                at++;
            } else if (letter == '\'' || letter == '"') {
                at = endOfText(letter);
            } else if (letter == '#' && (at == 0 || " \t\n;{}()|".indexOf(script.charAt(at - 1)) >= 0)) {
                at = Math.max(at, (script + "\n").indexOf('\n', at) - 1);
            } else if (CLOSING.containsKey(letter)) {
                open.push(CLOSING.get(letter));
                if (letter == '{') {
                    requireBlock();
                }
            } else if (CLOSING.containsValue(letter) && (open.isEmpty() || open.pop() != letter)) {
                throw mistake("'" + letter + "' closes nothing");
            }
        }
        if (!open.isEmpty()) {
            throw mistake("'" + open.peek() + "' is missing");
        }
    }

    private void requireBlock() {
        if (BLOCK_BEGINS.matcher(script.substring(at + 1)).matches()) {
            throw mistake("a block begins with a word of its own");
        }
    }

    private int endOfText(char quote) {
        for (int end = at + 1; end < script.length(); end++) {
            char letter = script.charAt(end);
            if (letter == '`' && quote == '"') {
                end++;
            } else if (letter == quote && script.startsWith(String.valueOf(quote), end + 1)) {
                end++;
            } else if (letter == quote) {
                return end;
            }
        }
        throw mistake(quote + " is missing");
    }

    private AssertionError mistake(String what) {
        int from = Math.max(at, 0);
        return new AssertionError("%s, at '%s' in:%n%s"
                .formatted(what, script.substring(from, Math.min(from + 30, script.length())), script));
    }
}
