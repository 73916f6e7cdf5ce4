package org.sanboot.proof;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.sanboot.proof.Finding.Verdict;

/** What a Windows guest has answered to the script of {@link WindowsExamination}. */
final class WindowsAnswers {

    /** What begins the answer of a part that failed. */
    private static final String FAILED = "!";

    /**
     * A disk that fails, a file system that is damaged, and a stop that was survived: disk's events 7 (a bad block), 11 (a
     * controller error) and 51 (an error while paging); Ntfs' 55; the bugcheck's 1001 (Microsoft Learn, "Disk event IDs",
     * "Ntfs event 55" and "Kernel dump files"). All else is told and left to people: a Windows without a page file reports,
     * for one, that it cannot dump its memory (volmgr, 46 or 49).
     */
    private static final Set<String> FATAL = Set.of(
            "disk/7",
            "disk/11",
            "disk/51",
            "Ntfs/55",
            "Microsoft-Windows-Ntfs/55",
            "Microsoft-Windows-WER-SystemErrorReporting/1001");

    private final Map<String, String> answers = new LinkedHashMap<>();

    private WindowsAnswers() {}

    static WindowsAnswers of(String output) {
        WindowsAnswers answers = new WindowsAnswers();
        output.lines()
                .map(String::strip)
                .filter(line -> line.indexOf('=') > 0)
                .forEach(line -> answers.answers.put(
                        line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return answers;
    }

    List<Finding> findings() {
        return List.of(sshd(), pageFile(), bitLocker(), pendingRestart(), events());
    }

    private Finding sshd() {
        String answer = answers.getOrDefault("sshd", FAILED + "no answer");
        boolean good = answer.equals("Running,Auto");
        return new Finding(
                "sshd",
                good ? Verdict.GOOD : Verdict.BAD,
                good ? "running, starts by itself" : "state, start: " + answer);
    }

    private Finding pageFile() {
        return unless(
                "pagefile",
                "page file",
                answer -> answer.isEmpty()
                        ? new Finding("page file", Verdict.GOOD, "none in use")
                        : new Finding("page file", Verdict.BAD, "in use, on the iSCSI disk: " + answer));
    }

    /** Conversion 0 is fully decrypted, protection 0 is off (Win32_EncryptableVolume). */
    private Finding bitLocker() {
        return unless("bitlocker", "BitLocker", answer -> switch (answer) {
            case "0,0" -> new Finding("BitLocker", Verdict.GOOD, "off, the volume is not encrypted");
            case "," -> new Finding("BitLocker", Verdict.DOUBT, "this Windows says nothing of it");
            default -> new Finding("BitLocker", Verdict.BAD, "conversion status, protection status: " + answer);
        });
    }

    private Finding pendingRestart() {
        return unless("reboot", "pending restart", answer -> {
            List<String> marks = parts(answer, ",");
            if (marks.isEmpty()) {
                return new Finding("pending restart", Verdict.GOOD, "none");
            }
            // Programs leave files to delete at the next start that nobody waits for.
            boolean onlyFiles = marks.equals(List.of("rename"));
            return new Finding(
                    "pending restart",
                    onlyFiles ? Verdict.DOUBT : Verdict.BAD,
                    onlyFiles
                            ? "files are to be renamed or deleted at the next start"
                            : "for " + String.join(", ", marks));
        });
    }

    private Finding events() {
        return unless("events", "event log", answer -> {
            List<String> events = parts(answer, ";");
            List<String> fatal = new ArrayList<>(events);
            fatal.retainAll(FATAL);
            if (!fatal.isEmpty()) {
                return new Finding("event log", Verdict.BAD, "since this start: " + String.join(", ", fatal));
            }
            return events.isEmpty()
                    ? new Finding("event log", Verdict.GOOD, "no error since this start")
                    : new Finding("event log", Verdict.DOUBT, "errors since this start: " + String.join(", ", events));
        });
    }

    private interface Judge {
        Finding judge(String answer);
    }

    /** An answer that is missing, or was none, is a doubt. */
    private Finding unless(String name, String subject, Judge judge) {
        Optional<String> answer = Optional.ofNullable(answers.get(name));
        return answer.filter(text -> !text.startsWith(FAILED))
                .map(judge::judge)
                .orElseGet(() -> new Finding(
                        subject,
                        Verdict.DOUBT,
                        answer.map(text -> "cannot be found out: " + text.substring(FAILED.length()))
                                .orElse("the guest gave no answer")));
    }

    private static List<String> parts(String answer, String separator) {
        return Stream.of(answer.split(separator))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
