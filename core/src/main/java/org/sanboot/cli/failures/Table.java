package org.sanboot.cli.failures;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns that line up; the last one gives way when the terminal is too narrow. */
final class Table {

    private static final String GAP = "  ";
    private static final int NARROWEST = 8;

    private final List<String[]> rows = new ArrayList<>();
    private final String alignment;

    /** Takes a letter for each column: {@code l} for left, {@code r} for right. */
    Table(String alignment) {
        this.alignment = alignment;
    }

    void row(String... cells) {
        if (cells.length != alignment.length()) {
            throw new IllegalArgumentException(Arrays.toString(cells));
        }
        rows.add(Arrays.stream(cells).map(Table::oneLine).toArray(String[]::new));
    }

    /** What a guest or a test said must not move the cursor, nor break the table. */
    static String oneLine(String cell) {
        StringBuilder line = new StringBuilder();
        cell.strip().codePoints().forEach(character -> {
            boolean shown = !Character.isISOControl(character) && Character.getType(character) != Character.FORMAT;
            line.appendCodePoint(shown ? character : ' ');
        });
        return line.toString();
    }

    void print(PrintWriter out, int terminalWidth) {
        int[] widths = new int[alignment.length()];
        rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row[i].length())));
        int last = widths.length - 1;
        int before = Arrays.stream(widths, 0, last).sum() + GAP.length() * last;
        int room = terminalWidth == 0 ? Integer.MAX_VALUE : Math.max(NARROWEST, terminalWidth - before);
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < last; i++) {
                String space = " ".repeat(widths[i] - row[i].length());
                line.append(alignment.charAt(i) == 'r' ? space + row[i] : row[i] + space)
                        .append(GAP);
            }
            line.append(row[last].length() <= room ? row[last] : row[last].substring(0, room - 1) + "…");
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
