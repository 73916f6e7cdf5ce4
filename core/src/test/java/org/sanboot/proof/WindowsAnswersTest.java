package org.sanboot.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.proof.Finding.Verdict;

class WindowsAnswersTest {

    private static final String GOOD = """
            sshd=Running,Auto\r
            pagefile=\r
            bitlocker=0,0\r
            reboot=\r
            events=\r
            """;

    @Test
    void a_guest_as_it_has_to_be_is_good_in_all_that_was_looked_at() {
        assertThat(WindowsAnswers.of(GOOD).findings())
                .allMatch(finding -> finding.verdict() == Verdict.GOOD)
                .extracting(Finding::subject)
                .containsExactly("sshd", "page file", "BitLocker", "pending restart", "event log");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sshd=Stopped,Auto | sshd | BAD | state, start: Stopped,Auto",
                "sshd=Running,Manual | sshd | BAD | state, start: Running,Manual",
                "sshd=, | sshd | BAD | state, start: ,",
                "sshd=!Access denied | sshd | BAD | state, start: !Access denied",
                "pagefile=C:\\pagefile.sys | page file | BAD | in use, on the iSCSI disk: C:\\pagefile.sys",
                "bitlocker=1,1 | BitLocker | BAD | conversion status, protection status: 1,1",
                "bitlocker=2,0 | BitLocker | BAD | conversion status, protection status: 2,0",
                "bitlocker=, | BitLocker | DOUBT | this Windows says nothing of it",
                "bitlocker=!Invalid namespace | BitLocker | DOUBT | cannot be found out: Invalid namespace",
                "reboot=servicing,rename | pending restart | BAD | for servicing, rename",
                "reboot=update | pending restart | BAD | for update",
                "reboot=rename | pending restart | DOUBT | files are to be renamed or deleted at the next start",
                "events=volmgr/46;disk/7 | event log | BAD | since this start: disk/7",
                "events=Microsoft-Windows-WER-SystemErrorReporting/1001 | event log | BAD | since this start: Microsoft-Windows-WER-SystemErrorReporting/1001",
                "events=volmgr/46 | event log | DOUBT | errors since this start: volmgr/46"
            })
    void what_is_not_as_it_has_to_be_is_told(String answer, String subject, Verdict verdict, String seen) {
        String name = answer.substring(0, answer.indexOf('=') + 1);
        String output =
                GOOD.lines().map(line -> line.startsWith(name) ? answer : line).collect(Collectors.joining("\r\n"));

        assertThat(WindowsAnswers.of(output).findings())
                .filteredOn(finding -> finding.verdict() != Verdict.GOOD)
                .containsExactly(new Finding(subject, verdict, seen));
    }

    @Test
    void what_was_not_answered_is_never_good() {
        Map<String, Verdict> verdicts = WindowsAnswers.of("rubbish\n=\n").findings().stream()
                .collect(Collectors.toMap(Finding::subject, Finding::verdict));

        assertThat(verdicts).containsEntry("sshd", Verdict.BAD).doesNotContainValue(Verdict.GOOD);
    }

    /** Each part prints one line of its own, and a part that fails cannot end the others. */
    @Test
    void the_script_asks_for_each_answer() {
        Stream.of("sshd", "pagefile", "bitlocker", "reboot", "events")
                .forEach(name -> assertThat(WindowsExamination.SCRIPT).contains("Say '" + name + "' {"));
        assertThat(WindowsExamination.SCRIPT).contains("catch{\"$n=!\"").matches("[ -~\\n]+");
    }
}
