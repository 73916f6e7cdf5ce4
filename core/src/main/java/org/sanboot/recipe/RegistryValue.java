package org.sanboot.recipe;

import java.util.List;

/**
 * A value of a registry key.
 *
 * @param name empty for the key's default value
 * @param data texts for {@code MULTI_STRING}, one text for every other type; numbers in decimal digits, bytes in
 *     hexadecimal ones
 */
record RegistryValue(String name, Type type, List<String> data) {

    /** The types of the registry, as recipes spell them in lower case. */
    enum Type {
        STRING("String"),
        EXPAND("ExpandString"),
        LIST("MultiString"),
        DWORD("DWord"),
        QWORD("QWord"),
        BINARY("Binary");

        private final String kind;

        Type(String kind) {
            this.kind = kind;
        }

        /** Microsoft.Win32.RegistryValueKind's name of it. */
        String kind() {
            return kind;
        }
    }

    RegistryValue {
        data = List.copyOf(data);
    }
}
