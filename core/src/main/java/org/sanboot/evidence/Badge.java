package org.sanboot.evidence;

/** The few words in colour that say what kind of failure it is. */
final class Badge {

    private Badge() {}

    static String word(FailureDescription.Kind kind) {
        return switch (kind) {
            case TEST -> "Test failed";
            case INFRASTRUCTURE -> "Lab trouble";
            case CONFIGURATION -> "Set up wrongly";
            case INTERRUPTED -> "Interrupted";
            case NONE -> "Kept";
        };
    }

    static String style(FailureDescription.Kind kind) {
        return switch (kind) {
            case TEST -> "test";
            case INFRASTRUCTURE, CONFIGURATION, INTERRUPTED -> "infrastructure";
            case NONE -> "none";
        };
    }

    static String html(FailureDescription.Kind kind, boolean interrupted, boolean flaky, boolean pinned) {
        StringBuilder html = new StringBuilder();
        append(html, style(kind), word(kind));
        if (interrupted && kind != FailureDescription.Kind.INTERRUPTED) {
            append(html, style(FailureDescription.Kind.INTERRUPTED), word(FailureDescription.Kind.INTERRUPTED));
        }
        if (flaky) {
            append(html, "flaky", "Flaky");
        }
        if (pinned) {
            append(html, "pinned", "Pinned");
        }
        return html.toString();
    }

    private static void append(StringBuilder html, String style, String word) {
        html.append("<span class=\"badge ")
                .append(style)
                .append("\">")
                .append(word)
                .append("</span> ");
    }
}
