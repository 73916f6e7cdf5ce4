package org.sanboot.lab.observation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.sanboot.iscsi.Trace;

/** Writes a trace of a disk's commands as a table for programs and as a picture for people. */
final class TraceReport {

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 400;

    private TraceReport() {}

    /** One line for each command, in the order in which they ended. */
    static String csv(List<Trace.Entry> entries) {
        StringBuilder csv = new StringBuilder("start_us,latency_us,session,command,lba,blocks,status\n");
        for (Trace.Entry entry : entries) {
            csv.append(microseconds(entry.start())).append(',');
            csv.append(microseconds(entry.latency())).append(',');
            csv.append(entry.tsih()).append(',');
            csv.append(entry.command()).append(',');
            csv.append(entry.firstBlock()).append(',');
            csv.append(entry.blocks()).append(',');
            csv.append(entry.status()).append('\n');
        }
        return csv.toString();
    }

    /** LBA over time: reads in blue, writes in orange, what failed in red. */
    static String svg(List<Trace.Entry> entries) {
        long lastMicrosecond = Math.max(
                1,
                entries.stream()
                        .mapToLong(entry -> microseconds(entry.start()))
                        .max()
                        .orElse(1));
        long lastBlock = Math.max(
                1,
                entries.stream()
                        .mapToLong(entry -> entry.firstBlock() + entry.blocks())
                        .max()
                        .orElse(1));
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="-70 -20 %d %d" font-family="sans-serif" font-size="12">
                <rect x="-70" y="-20" width="100%%" height="100%%" fill="#fff"/>
                <path d="M0 0V%dH%d" fill="none" stroke="#888"/>
                <text x="%d" y="%d" text-anchor="end">%.1f s</text>
                <text x="-6" y="%d" text-anchor="end">LBA 0</text><text x="-6" y="8" text-anchor="end">%d</text>
                """,
                WIDTH + 90,
                HEIGHT + 50,
                HEIGHT,
                WIDTH,
                WIDTH,
                HEIGHT + 16,
                lastMicrosecond / 1e6,
                HEIGHT,
                lastBlock));
        entries.stream()
                .filter(entry -> entry.firstBlock() >= 0)
                .forEach(entry -> svg.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%.1f\" y=\"%.1f\" width=\"2\" height=\"%.1f\" fill=\"%s\"/>\n",
                        microseconds(entry.start()) * (double) WIDTH / lastMicrosecond,
                        HEIGHT - (entry.firstBlock() + entry.blocks()) * (double) HEIGHT / lastBlock,
                        Math.max(2, entry.blocks() * (double) HEIGHT / lastBlock),
                        colour(entry))));
        return svg.append("</svg>\n").toString();
    }

    private static String colour(Trace.Entry entry) {
        if (entry.status() != 0) {
            return "#d22";
        }
        return entry.command().startsWith("READ") ? "#27c" : "#e80";
    }

    private static long microseconds(Duration duration) {
        return duration.toNanos() / 1000;
    }
}
