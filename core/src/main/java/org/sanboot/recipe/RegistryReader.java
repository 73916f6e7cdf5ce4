package org.sanboot.recipe;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.yaml.Section;

/**
 * Reads the values of a registry key. A number without quotes is a DWORD, any other text a string, a list a list of
 * strings; {@code NAME: {qword: 5}} says the type.
 */
final class RegistryReader {

    static final Set<String> TYPES = Set.of("string", "expand", "list", "dword", "qword", "binary");

    private static final Map<String, String> ROOTS = Map.of(
            "hklm", "HKEY_LOCAL_MACHINE",
            "hkcu", "HKEY_CURRENT_USER",
            "hku", "HKEY_USERS",
            "hkcr", "HKEY_CLASSES_ROOT",
            "hkcc", "HKEY_CURRENT_CONFIG");

    private static final Pattern NUMBER = Pattern.compile("\\d{1,20}|0[xX][0-9A-Fa-f]{1,16}");
    private static final Pattern BYTES = Pattern.compile("([0-9A-Fa-f]{2}[ ,]*)*");

    private RegistryReader() {}

    /** Returns a key by the full name of its root. */
    static String key(String text) {
        String[] parts = text.replace('/', '\\').split("\\\\", 2);
        String root = ROOTS.getOrDefault(parts[0].toLowerCase(Locale.ROOT), parts[0].toUpperCase(Locale.ROOT));
        if (parts.length < 2 || parts[1].isEmpty() || !ROOTS.containsValue(root)) {
            throw new ConfigurationException(
                    "'%s' is not a registry key such as HKLM\\SOFTWARE\\Agent.".formatted(text));
        }
        return root + "\\" + parts[1];
    }

    static List<RegistryValue> values(Section section) {
        List<RegistryValue> values = new ArrayList<>();
        for (String name : section.keys()) {
            String called = name.equals("(default)") ? "" : name;
            (section.isSection(name) ? typed(section, called, name) : untyped(section, called, name))
                    .ifPresent(values::add);
        }
        return values;
    }

    private static Optional<RegistryValue> untyped(Section section, String called, String name) {
        Optional<List<String>> data = data(section, name);
        if (data.isEmpty()) {
            return Optional.empty();
        }
        boolean one = section.isScalar(name);
        boolean number =
                section.isPlain(name) && NUMBER.matcher(data.get().get(0)).matches();
        RegistryValue.Type type =
                number ? RegistryValue.Type.DWORD : one ? RegistryValue.Type.STRING : RegistryValue.Type.LIST;
        return value(section, name, called, type, data.get());
    }

    private static Optional<RegistryValue> typed(Section section, String called, String name) {
        Section only = section.section(name).orElseThrow().allowing(TYPES);
        if (only.keys().size() != 1 || !TYPES.containsAll(only.keys())) {
            only.problem("a value has one type and its data, such as {dword: 1}");
            return Optional.empty();
        }
        String word = only.keys().iterator().next();
        RegistryValue.Type type = only.oneOf(RegistryValue.Type.class).apply(word);
        return data(only, word).flatMap(data -> value(only, word, called, type, data));
    }

    private static Optional<List<String>> data(Section section, String key) {
        return section.exactTexts(key)
                .map(texts -> texts.stream().map(Section.Text::value).toList());
    }

    private static Optional<RegistryValue> value(
            Section section, String key, String name, RegistryValue.Type type, List<String> data) {
        if (type != RegistryValue.Type.LIST && data.size() != 1) {
            section.problem(key, "a %s is one value".formatted(Section.spelling(type)));
            return Optional.empty();
        }
        if (type == RegistryValue.Type.LIST && data.contains("")) {
            section.problem(key, "a list of strings cannot hold an empty one, which would end it");
            return Optional.empty();
        }
        try {
            return Optional.of(new RegistryValue(
                    name, type, data.stream().map(text -> normal(type, text)).toList()));
        } catch (ConfigurationException e) {
            section.problem(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static String normal(RegistryValue.Type type, String text) {
        return switch (type) {
            case STRING, EXPAND, LIST -> text;
            case DWORD -> number(text, 32);
            case QWORD -> number(text, 64);
            case BINARY -> bytes(text);
        };
    }

    private static String number(String text, int bits) {
        if (NUMBER.matcher(text).matches()) {
            BigInteger number = text.matches("0[xX].*") ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
            if (number.bitLength() <= bits) {
                return number.toString();
            }
        }
        throw new ConfigurationException("'%s' is not a number of %d bits, such as 1 or 0x1f.".formatted(text, bits));
    }

    private static String bytes(String text) {
        if (!BYTES.matcher(text).matches()) {
            throw new ConfigurationException("'%s' are not bytes in hexadecimal, such as 00 ff.".formatted(text));
        }
        return text.replaceAll("[ ,]", "").toLowerCase(Locale.ROOT);
    }
}
