package org.sanboot.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/**
 * Names files in a guest by an absolute path: {@code /var/log/agent/**}, {@code C:\ProgramData\Agent\*.log}.
 *
 * <p>{@code *} stands for any part of a name, {@code ?} for one character, {@code **} between slashes for any number of
 * directories and at the end for all that is below; a slash at the end means the same. Paths of Windows begin with a drive,
 * and are the same in capitals.
 */
public final class FilePattern {

    private static final Pattern ABSOLUTE = Pattern.compile("(/|[A-Za-z]:/).+");
    private static final Pattern REFUSED = Pattern.compile("\\p{Cntrl}|[\\[\\]{},\"]|//|/\\.\\.?(/|$)");

    /** Deeper than product logs are. */
    private static final int DEEPEST = 16;

    private final String text;
    private final String directory;
    private final int depth;
    private final Pattern paths;

    private FilePattern(String text) {
        this.text = text;
        List<String> names = new ArrayList<>(List.of(text.split("/")));
        int fixed = 1;
        while (fixed < names.size() - 1 && !isWild(names.get(fixed))) {
            fixed++;
        }
        String above = String.join("/", names.subList(0, fixed));
        this.directory = fixed == 1 ? above + "/" : above;
        this.depth = names.contains("**") ? DEEPEST : names.size() - fixed;
        this.paths = Pattern.compile(regex(names), isOfWindows() ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0);
    }

    /**
     * Reads a pattern.
     *
     * @param text an absolute path; a backslash is as good as a slash
     * @return the pattern
     * @throws ConfigurationException when it is none
     */
    public static FilePattern parse(String text) {
        String slashes = text.strip().replace('\\', '/');
        String whole = slashes.endsWith("/") ? slashes + "**" : slashes;
        if (!ABSOLUTE.matcher(slashes).matches() || REFUSED.matcher(whole).find()) {
            throw new ConfigurationException(
                    "'%s' is no absolute path of files in a guest, such as /var/log/agent/** or C:/ProgramData/Agent/*.log; of signs for names it takes *, ? and **"
                            .formatted(text));
        }
        return new FilePattern(whole);
    }

    private static boolean isWild(String name) {
        return name.contains("*") || name.contains("?");
    }

    private static String regex(List<String> names) {
        StringBuilder regex = new StringBuilder(Pattern.quote(names.get(0)));
        for (int i = 1; i < names.size(); i++) {
            boolean last = i == names.size() - 1;
            if (names.get(i).equals("**")) {
                regex.append(last ? "/.+" : "(/[^/]+)*");
            } else {
                regex.append('/').append(nameRegex(names.get(i)));
            }
        }
        return regex.toString();
    }

    private static String nameRegex(String name) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            regex.append(
                    switch (name.charAt(i)) {
                        case '*' -> "[^/]*";
                        case '?' -> "[^/]";
                        default -> Pattern.quote(name.substring(i, i + 1));
                    });
        }
        return regex.toString();
    }

    /**
     * Tells whether it begins with a drive.
     *
     * @return true for a path of Windows
     */
    public boolean isOfWindows() {
        return text.charAt(1) == ':';
    }

    /**
     * Returns below which directory all that it names lies.
     *
     * @return an absolute path with slashes
     */
    public String directory() {
        return directory;
    }

    /**
     * Returns how deep below that directory the files can lie.
     *
     * @return 1 for files in it
     */
    public int depth() {
        return depth;
    }

    /**
     * Tells whether it names a file.
     *
     * @param path an absolute path with slashes
     * @return whether it does
     */
    public boolean matches(String path) {
        return paths.matcher(path).matches();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FilePattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Returns the pattern as it was given, with slashes. */
    @Override
    public String toString() {
        return text;
    }
}
