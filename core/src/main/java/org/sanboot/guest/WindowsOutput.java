package org.sanboot.guest;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes out of a Windows program's output what is there for other programs and not for people. */
final class WindowsOutput {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * PowerShell's own form of its error stream, when what reads it may be a PowerShell as well; cut off where the
     * process was ended.
     */
    private static final Pattern CLIXML =
            Pattern.compile("#< CLIXML\\s*(<Objs.*?</Objs>|<Objs.*\\z)?\\s*", Pattern.DOTALL);

    /** What it says to people; progress and objects have no S attribute of these. */
    private static final Pattern SPOKEN =
            Pattern.compile("<S S=\"(?:Error|Warning|Verbose|Debug|Information)\">(.*?)</S>", Pattern.DOTALL);

    /** A UTF-16 code unit that XML cannot hold, as CLIXML writes it. */
    private static final Pattern CODE_UNIT = Pattern.compile("_x([0-9A-Fa-f]{4})_");

    private WindowsOutput() {}

    /** Cleans one stream. */
    static String clean(String text) {
        // Programs that print UTF-16 whatever the code page: of ASCII, only the NULs are too much.
        String plain = text.replace(BYTE_ORDER_MARK, "").replace("\0", "");
        return plain.contains("#< CLIXML")
                ? CLIXML.matcher(plain).replaceAll(found -> Matcher.quoteReplacement(spoken(found)))
                : plain;
    }

    private static String spoken(MatchResult clixml) {
        if (clixml.group(1) == null) {
            return "";
        }
        StringBuilder spoken = new StringBuilder();
        SPOKEN.matcher(clixml.group(1)).results().forEach(line -> spoken.append(decoded(line.group(1))));
        return spoken.toString();
    }

    private static String decoded(String xml) {
        String text = xml.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
        return CODE_UNIT
                .matcher(text)
                .replaceAll(
                        unit -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(unit.group(1), 16))));
    }
}
