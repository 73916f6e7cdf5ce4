package org.sanboot.install;

import java.util.function.Consumer;

/**
 * Reads a console line by line without its control sequences (ECMA-48 5.4), and a line that is not complete, such as a prompt,
 * too. A cursor that is sent elsewhere begins a line. Called by one thread.
 */
final class ConsoleWatch implements Consumer<String> {

    private static final int LONGEST_LINE = 4096;

    private enum State {
        TEXT,
        ESCAPE,
        CONTROL_SEQUENCE
    }

    /** Is told of each line, and of what there is of it as it grows. */
    interface Lines {

        void line(String text, boolean isComplete);
    }

    private final Lines lines;
    private final StringBuilder line = new StringBuilder();
    private State state = State.TEXT;

    ConsoleWatch(Lines lines) {
        this.lines = lines;
    }

    @Override
    public void accept(String text) {
        for (int i = 0; i < text.length(); i++) {
            read(text.charAt(i));
        }
        look(false);
    }

    private void read(char letter) {
        switch (state) {
            case TEXT -> text(letter);
            case ESCAPE -> state = letter == '[' ? State.CONTROL_SEQUENCE : State.TEXT;
            case CONTROL_SEQUENCE -> {
                if (letter >= '@' && letter <= '~') {
                    state = State.TEXT;
                    if (letter == 'H' || letter == 'f') {
                        end();
                    }
                }
            }
        }
    }

    private void text(char letter) {
        if (letter == '\u001b') {
            state = State.ESCAPE;
        } else if (letter == '\n' || letter == '\r') {
            end();
        } else if (letter >= ' ' && line.length() < LONGEST_LINE) {
            line.append(letter);
        }
    }

    private void end() {
        look(true);
        line.setLength(0);
    }

    private void look(boolean isComplete) {
        if (!line.toString().isBlank()) {
            lines.line(line.toString(), isComplete);
        }
    }
}
