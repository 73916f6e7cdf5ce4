package org.sanboot.windows.setup;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What Windows calls its built-in administrator, which differs by the language of its user interface (the names: GitHub,
 * vmware/packer-examples-for-vsphere issue 332).
 */
final class BuiltInAdministrator {

    /** In most languages, and what an answer file calls the account in all of them. */
    static final String NAME = "Administrator";

    /** Those that are sure to have {@link #NAME}: elsewhere it is not relied on. */
    private static final Set<String> LANGUAGES = Set.of("de", "en", "it", "ja", "ko", "nl", "zh");

    private static final Map<String, String> OTHER_NAMES = Map.of(
            "es", "Administrador",
            "fi", "Järjestelmänvalvoja",
            "fr", "Administrateur",
            "hu", "Rendszergazda",
            "pt", "Administrador",
            "ru", "Администратор",
            "sv", "Administratör");

    private BuiltInAdministrator() {}

    /** The first start of a client asks for an account of its own; that of a server is content with the built-in. */
    static String defaultUser(WindowsEdition edition, String language) {
        boolean builtIn =
                edition.server() && isCalledAdministrator(language) && isCalledAdministrator(edition.defaultLanguage());
        return builtIn ? NAME : "tester";
    }

    static boolean isCalledAdministrator(String languageTag) {
        return LANGUAGES.contains(language(languageTag));
    }

    /** Returns the name where it is known to be another than {@link #NAME}. */
    static Optional<String> otherName(String languageTag) {
        return Optional.ofNullable(OTHER_NAMES.get(language(languageTag)));
    }

    static Collection<String> otherNames() {
        return OTHER_NAMES.values();
    }

    private static String language(String tag) {
        return Locale.forLanguageTag(tag).getLanguage();
    }
}
