package org.sanboot.guest;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;

/**
 * Writes words so that a Windows program gets each one as it was, whoever stands between.
 *
 * <p>Windows hands a program one line, which the program takes apart itself. Nearly all do it by the rules of {@code
 * CommandLineToArgvW} (the C run-time library has the same): white space parts words outside of quotation marks; a
 * backslash is itself, unless backslashes stand before a quotation mark: then each pair of them is one, and an odd one
 * makes the mark a part of the word.
 *
 * <p>When cmd.exe passes the line on, it looks at it first: outside of quotation marks, {@code & | < > ( ) ^ !} mean
 * something to it and a caret takes the meaning of the next character away; {@code %NAME%} is replaced everywhere. Its
 * quotation marks know no backslash, so that one in a word would end the quoting. Every such character, the mark itself
 * included, is therefore given a caret: cmd then sees no quoting at all, takes the carets away, and passes on the rest.
 * {@code %NAME^%} is the name of no variable, so that it stays as well.
 */
final class WindowsQuoting {

    private static final Pattern NEEDS_QUOTES = Pattern.compile("[\\s\"]");
    private static final Pattern SPECIAL_TO_CMD = Pattern.compile("[()%!^\"<>&|]");
    private static final Pattern BATCH_FILE = Pattern.compile("(?is).*\\.(cmd|bat)[. ]*");

    private WindowsQuoting() {}

    /** Makes a line that CommandLineToArgvW takes apart into the same words; the first one is the program. */
    static String line(List<String> words) {
        requireProgram(words);
        return words.stream().map(WindowsQuoting::word).collect(Collectors.joining(" "));
    }

    private static void requireProgram(List<String> words) {
        if (words.isEmpty() || words.get(0).isBlank()) {
            throw new ConfigurationException("There is no program to run in the guest: the first word is empty.");
        }
        // cmd.exe takes a batch file's arguments apart in its own way, which no quoting survives.
        if (BATCH_FILE.matcher(words.get(0)).matches()) {
            throw new ConfigurationException(
                    "%s is a batch file, whose arguments only cmd.exe can take apart; run it with cmd() instead of exec()."
                            .formatted(words.get(0)));
        }
        for (String word : words) {
            if (word.indexOf('\0') >= 0) {
                throw new ConfigurationException("A word for a program in the guest holds a NUL character: "
                        + word.replace("\0", "\\0").toLowerCase(Locale.ROOT));
            }
        }
    }

    private static String word(String word) {
        if (!word.isEmpty() && !NEEDS_QUOTES.matcher(word).find()) {
            return word;
        }
        StringBuilder quoted = new StringBuilder("\"");
        int backslashes = 0;
        for (int i = 0; i < word.length(); i++) {
            char letter = word.charAt(i);
            if (letter == '\\') {
                backslashes++;
                continue;
            }
            quoted.append("\\".repeat(letter == '"' ? 2 * backslashes + 1 : backslashes))
                    .append(letter);
            backslashes = 0;
        }
        return quoted.append("\\".repeat(2 * backslashes)).append('"').toString();
    }

    /** Makes of a line what cmd.exe passes on as that line. */
    static String throughCmd(String line) {
        return SPECIAL_TO_CMD.matcher(line).replaceAll("^$0");
    }
}
