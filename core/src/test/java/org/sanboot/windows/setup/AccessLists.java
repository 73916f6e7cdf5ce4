package org.sanboot.windows.setup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a command file that runs as SYSTEM does to owners and access lists, by what Microsoft Learn says of {@code md}, {@code
 * copy} and {@code icacls}.
 */
final class AccessLists {

    static final String ADMINISTRATORS = "S-1-5-32-544";
    static final String SYSTEM = "S-1-5-18";
    static final String AUTHENTICATED_USERS = "S-1-5-11";
    private static final String USERS = "S-1-5-32-545";
    private static final String CREATOR_OWNER = "S-1-3-0";

    static final int FULL = 0x1f01ff;
    static final int READ = 0x1200a9;

    /** FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_WRITE_EA and FILE_WRITE_ATTRIBUTES. */
    static final int WRITE = 0x0002 | 0x0004 | 0x0010 | 0x0100;

    private static final Map<String, Integer> RIGHTS = Map.of("F", FULL, "RX", READ);
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");
    private static final Pattern GRANT = Pattern.compile("/grant(:r)? \\*(S-[0-9-]+):(\\(OI\\)\\(CI\\))?([A-Z]+)");

    /** One entry; those of files and folders alike are inherited by both, but for what {@code filesToo} says. */
    record Entry(String account, int rights, boolean isInherited, boolean isPassedOn, boolean filesToo) {}

    /** An owner and who may do what. */
    record AccessList(String owner, List<Entry> entries) {}

    private final Map<String, AccessList> lists = new LinkedHashMap<>();

    private AccessLists() {
        // What "icacls %ProgramData%" prints on every Windows since Vista.
        lists.put(
                "%ProgramData%",
                new AccessList(
                        SYSTEM,
                        List.of(
                                new Entry(SYSTEM, FULL, false, true, true),
                                new Entry(ADMINISTRATORS, FULL, false, true, true),
                                new Entry(CREATOR_OWNER, FULL, false, true, true),
                                new Entry(USERS, READ, false, true, true),
                                new Entry(USERS, WRITE, false, true, false))));
    }

    /** Follows a command file from its first line to its last. */
    static AccessLists after(String commands) {
        AccessLists lists = new AccessLists();
        commands.lines().forEach(lists::run);
        return lists;
    }

    AccessList of(String path) {
        return lists.get(path);
    }

    private void run(String line) {
        List<String> quoted =
                QUOTED.matcher(line).results().map(match -> match.group(1)).toList();
        if (line.contains("md \"")) {
            make(quoted.get(quoted.size() - 1), true);
        } else if (line.startsWith("copy ")) {
            make(quoted.get(quoted.size() - 1), false);
        } else if (line.startsWith("icacls ")) {
            change(quoted.get(0), line);
        }
    }

    private void make(String path, boolean folder) {
        AccessList parent = lists.get(path.substring(0, path.lastIndexOf('\\')));
        lists.put(
                path,
                new AccessList(
                        SYSTEM,
                        parent.entries().stream()
                                .filter(entry -> entry.isPassedOn() && (folder || entry.filesToo()))
                                .map(entry ->
                                        new Entry(entry.account(), entry.rights(), true, folder, entry.filesToo()))
                                .toList()));
    }

    private void change(String path, String line) {
        AccessList list = lists.get(path);
        List<Entry> entries = new ArrayList<>(list.entries());
        if (line.contains("/inheritance:r")) {
            entries.removeIf(Entry::isInherited);
        }
        for (Matcher grant = GRANT.matcher(line); grant.find(); ) {
            String account = grant.group(2);
            if (grant.group(1) != null) {
                entries.removeIf(entry -> entry.account().equals(account) && !entry.isInherited());
            }
            boolean passedOn = grant.group(3) != null;
            entries.add(new Entry(account, RIGHTS.get(grant.group(4)), false, passedOn, passedOn));
        }
        int owner = line.indexOf("/setowner *");
        lists.put(
                path,
                new AccessList(
                        owner < 0
                                ? list.owner()
                                : line.substring(owner + "/setowner *".length()).split(" ")[0],
                        List.copyOf(entries)));
    }
}
