package org.sanboot.inventory;

import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * Which machines will do, as JUnit writes tag expressions: labels joined by {@code &}, {@code |} and {@code !}, with
 * parentheses. {@code !} binds tightest, then {@code &}. Case does not matter.
 *
 * <p>A label is a machine type, a host's name, {@code bios} or {@code uefi}, {@code physical} or {@code qemu}, or a label of
 * the inventory.
 */
public final class Requirement {

    /** What a label may look like. */
    static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private static final Pattern TOKEN = Pattern.compile("\\s*(" + LABEL + "|[&|!()])");

    private final String expression;
    private final Predicate<Set<String>> fits;

    private Requirement(String expression, Predicate<Set<String>> fits) {
        this.expression = expression;
        this.fits = fits;
    }

    /**
     * Reads an expression.
     *
     * @param expression such as {@code nuc13} or {@code amd & uefi}
     * @return the requirement
     * @throws ConfigurationException when it is not an expression, with the place where it stops to be one
     */
    public static Requirement parse(String expression) {
        return new Requirement(expression.strip(), new Parser(expression).parse());
    }

    /**
     * Tells whether a machine with these labels will do.
     *
     * @param labels as {@link PhysicalHost#labels()} gives them
     * @return whether it fits
     */
    public boolean fits(Set<String> labels) {
        return fits.test(labels);
    }

    static String normal(String label) {
        return label.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return expression;
    }

    /** Recursive descent: each method reads one level of the grammar. */
    private static final class Parser {

        private final String text;
        private final Matcher matcher;
        private @Nullable String token;
        private int tokenStart;

        Parser(String text) {
            this.text = text;
            this.matcher = TOKEN.matcher(text);
            advance();
        }

        Predicate<Set<String>> parse() {
            Predicate<Set<String>> whole = alternatives();
            if (token != null) {
                throw unexpected();
            }
            return whole;
        }

        private Predicate<Set<String>> alternatives() {
            Predicate<Set<String>> all = conjunction();
            while (take("|")) {
                all = all.or(conjunction());
            }
            return all;
        }

        private Predicate<Set<String>> conjunction() {
            Predicate<Set<String>> all = term();
            while (take("&")) {
                all = all.and(term());
            }
            return all;
        }

        private Predicate<Set<String>> term() {
            if (take("!")) {
                return term().negate();
            }
            if (take("(")) {
                Predicate<Set<String>> inner = alternatives();
                if (!take(")")) {
                    throw unexpected();
                }
                return inner;
            }
            String label = token;
            if (label == null || !LABEL.matcher(label).matches()) {
                throw unexpected();
            }
            advance();
            String normal = normal(label);
            return labels -> labels.contains(normal);
        }

        private boolean take(String wanted) {
            if (!wanted.equals(token)) {
                return false;
            }
            advance();
            return true;
        }

        private void advance() {
            int from = token == null ? 0 : matcher.end();
            if (text.substring(from).isBlank()) {
                token = null;
                tokenStart = text.length();
            } else if (matcher.region(from, text.length()).lookingAt()) {
                token = matcher.group(1);
                tokenStart = matcher.start(1);
            } else {
                tokenStart = from;
                throw unexpected();
            }
        }

        private ConfigurationException unexpected() {
            String found = tokenStart >= text.length()
                    ? "its end"
                    : "'" + text.substring(tokenStart).strip() + "'";
            return new ConfigurationException(
                    "The machine requirement \"%s\" is not an expression such as \"nuc13\" or \"amd & uefi\"; it cannot be understood from %s on."
                            .formatted(text, found));
        }
    }
}
