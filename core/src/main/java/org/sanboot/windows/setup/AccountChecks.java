package org.sanboot.windows.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds what Windows would refuse about the name or the password of an account, at a first start where nobody sees it. */
final class AccountChecks {

    /** Microsoft Learn, "net user": at most 20 characters, none of these. */
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}\"/\\\\\\[\\]:;|=,+*?<>@%&^]{1,20}");

    /**
     * Accounts and groups that are there before (Microsoft Learn, "Local accounts" and "Well-known SIDs"); None, which "Name
     * (LocalAccount)" there forbids; and the account of older ssh servers. An account has a folder of its name, too, and none
     * can be called as a device is.
     */
    private static final Pattern RESERVED = Pattern.compile(
            "guest|defaultaccount|defaultuser0|wdagutilityaccount|helpassistant|system|local service|network service|none"
                    + "|administrators|backup operators|guests|power users|remote desktop users|users"
                    + "|anonymous logon|authenticated users|batch|creator group|creator owner|dialup|everyone|interactive"
                    + "|network|self|service|sshd|con|prn|aux|nul|com\\d|lpt\\d",
            Pattern.CASE_INSENSITIVE);

    private static final int SHORTEST_NAME_LOOKED_FOR = 3;

    /** Stands in Java for bytes that are no character in the encoding that they were read by. */
    private static final String LOST = "\uFFFD";

    static final String RANDOM_CHARACTERS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_LENGTH = 25;

    private final WindowsEdition edition;
    private final String language;
    private final String user;

    AccountChecks(WindowsEdition edition, String language, String user) {
        this.edition = edition;
        this.language = language;
        this.user = user;
    }

    Optional<String> nameProblem(String computerName) {
        if (!NAME.matcher(user).matches() || user.isBlank() || user.endsWith(".")) {
            return Optional.of("The user's name does not do: at most 20 characters, none of \"/\\[]:;|=,+*?<>@%&^.");
        }
        if (!user.equals(user.strip())) {
            return Optional.of("The user's name \"%s\" begins or ends with a blank; leave it out.".formatted(user));
        }
        if (user.contains(LOST)) {
            return Optional.of(lost("user's name"));
        }
        if (user.equalsIgnoreCase(computerName)) {
            return Optional.of("The user and the computer cannot both be called %s.".formatted(user));
        }
        if (RESERVED.matcher(user).matches()
                || BuiltInAdministrator.otherNames().stream().anyMatch(user::equalsIgnoreCase)) {
            return Optional.of("The user's name %s is one that Windows has a use for itself; choose another --user."
                    .formatted(user));
        }
        return user.equalsIgnoreCase(BuiltInAdministrator.NAME) ? administratorProblem() : Optional.empty();
    }

    private static String lost(String what) {
        return "The %s has lost characters that this host's locale does not have: use a locale with UTF-8, or a %s in ASCII."
                .formatted(what, what);
    }

    private Optional<String> administratorProblem() {
        if (!edition.server()) {
            return Optional.of("The first start of %s asks for an account besides Administrator; choose another --user."
                    .formatted(edition.name()));
        }
        return BuiltInAdministrator.otherName(language)
                .map(name ->
                        "The built-in account of a Windows in %s is called %s, not Administrator; choose another --user."
                                .formatted(language, name));
    }

    List<String> passwordProblems(String password) {
        List<String> problems = new ArrayList<>();
        if (password.length() > 127 || password.chars().anyMatch(Character::isISOControl) || password.isEmpty()) {
            problems.add("The password does not do: 1 to 127 characters, no control characters.");
        }
        if (password.contains(LOST)) {
            problems.add(lost("password"));
        }
        if (edition.server()) {
            problems.addAll(complexityProblems(password));
        }
        return problems;
    }

    /** Microsoft Learn, "Password must meet complexity requirements", which is on for servers from the start. */
    private List<String> complexityProblems(String password) {
        List<String> problems = new ArrayList<>();
        long kinds = Stream.of("\\p{Lower}", "\\p{Upper}", "\\d", "[^\\p{Alnum}]")
                .filter(kind -> Pattern.compile(kind).matcher(password).find())
                .count();
        if (kinds < 3 || password.length() < 6) {
            problems.add("The password is too simple for a Windows Server: at least 6 characters, and three kinds of"
                    + " small letters, capital letters, digits and others.");
        }
        accountsWithThePassword()
                .filter(name -> name.length() >= SHORTEST_NAME_LOOKED_FOR)
                .filter(name -> password.toLowerCase(Locale.ROOT).contains(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .ifPresent(name -> problems.add(
                        "A Windows Server refuses a password that has the account's name %s in it; choose another."
                                .formatted(name)));
        return problems;
    }

    /** On a server it is the built-in administrator's as well. */
    private Stream<String> accountsWithThePassword() {
        return Stream.of(user, BuiltInAdministrator.otherName(language).orElse(BuiltInAdministrator.NAME));
    }

    /** Makes one that every Windows takes; nobody needs to know it, for the ssh key logs in. */
    String randomPassword(Random random) {
        String password;
        do {
            password = random.ints(RANDOM_LENGTH, 0, RANDOM_CHARACTERS.length())
                    .mapToObj(i -> RANDOM_CHARACTERS.substring(i, i + 1))
                    .collect(Collectors.joining());
        } while (!complexityProblems(password).isEmpty());
        return password;
    }
}
