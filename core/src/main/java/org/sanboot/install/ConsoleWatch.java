package org.sanboot.install;

import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Reads a console line by line, and looks at a line that is not complete, such as a prompt, too. Called by one thread. */
final class ConsoleWatch implements Consumer<String> {

    private static final int LONGEST_LINE = 4096;

    /** Colours, cursor movements and the like (ECMA-48 5.4). */
    private static final Pattern CONTROL_SEQUENCE = Pattern.compile("\u001b(\\[[0-?]*[ -/]*[@-~]|[@-Z\\\\^_])");

    private final Consumer<String> lines;
    private final StringBuilder line = new StringBuilder();

    ConsoleWatch(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void accept(String text) {
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '\n' || letter == '\r') {
                look();
                line.setLength(0);
            } else if (line.length() < LONGEST_LINE) {
                line.append(letter);
            }
        }
        look();
    }

    private void look() {
        if (line.length() > 0) {
            lines.accept(CONTROL_SEQUENCE.matcher(line).replaceAll(""));
        }
    }
}
