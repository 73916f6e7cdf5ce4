package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.windows.setup.AccessLists.AccessList;

/**
 * What the command files rely on, against the rules that the programs' own makers publish: each access list, each service,
 * and each thing that has to come before another. None of it is seen without a Windows.
 */
class PublishedRulesTest {

    private static final String SSH = "%ProgramData%\\ssh";
    private static final String KEYS = SSH + "\\administrators_authorized_keys";
    private static final Set<String> ADMINISTRATIVE = Set.of(AccessLists.ADMINISTRATORS, AccessLists.SYSTEM);

    @TempDir
    private static Path directory;

    /** The command files of one installation. */
    private record Scripts(String startNet, String specialize, String firstLogon) {

        static Scripts of(SetupOptions options) {
            SetupScripts scripts = new SetupScripts(options);
            return new Scripts(scripts.startNet(), scripts.specialize(), SetupScripts.firstLogon());
        }
    }

    /**
     * A rule.
     *
     * @param source where its maker says so
     */
    private record Rule(String name, String source, Consumer<Scripts> check) {}

    private static final List<Rule> RULES = List.of(
            new Rule(
                    "nobody but administrators and the system writes to sshd's folder, or it does not start",
                    "openssh-portable, w32-sshfileperm.c, check_secure_folder_permission, called by"
                            + " create_directory_withsddl with read_ok 1; Win32-OpenSSH since 9.4, issues 2287, 2282 and 1900",
                    scripts -> {
                        AccessList folder =
                                AccessLists.after(scripts.specialize()).of(SSH);
                        assertThat(folder.owner()).isIn(ADMINISTRATIVE);
                        assertThat(folder.entries())
                                .filteredOn(entry -> !ADMINISTRATIVE.contains(entry.account()))
                                .allMatch(entry -> (entry.rights() & AccessLists.WRITE) == 0);
                    }),
            new Rule(
                    "sshd's folder is as sshd itself makes it",
                    "openssh-portable, wmain_sshd.c, create_prgdata_ssh_folder:"
                            + " O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AU)",
                    scripts -> {
                        AccessList folder =
                                AccessLists.after(scripts.specialize()).of(SSH);
                        assertThat(folder.owner()).isEqualTo(AccessLists.ADMINISTRATORS);
                        assertThat(folder.entries())
                                .containsExactlyInAnyOrder(
                                        passedOn(AccessLists.SYSTEM, AccessLists.FULL),
                                        passedOn(AccessLists.ADMINISTRATORS, AccessLists.FULL),
                                        passedOn(AccessLists.AUTHENTICATED_USERS, AccessLists.READ));
                    }),
            new Rule(
                    "the administrators' keys belong to administrators and the system alone",
                    "Microsoft Learn, \"Key-based authentication in OpenSSH for Windows\"; openssh-portable,"
                            + " check_secure_file_permission",
                    scripts -> {
                        AccessList keys =
                                AccessLists.after(scripts.specialize()).of(KEYS);
                        assertThat(keys.owner()).isIn(ADMINISTRATIVE);
                        assertThat(keys.entries())
                                .extracting(AccessLists.Entry::account)
                                .containsExactlyInAnyOrderElementsOf(ADMINISTRATIVE);
                        assertThat(keys.entries()).allMatch(entry -> entry.rights() == AccessLists.FULL);
                    }),
            new Rule(
                    "sshd is there before it is made to start by itself, which install-sshd.ps1 does not do",
                    "openssh-portable, install-sshd.ps1: New-Service -StartupType Manual",
                    scripts -> {
                        assertThat(position(scripts.specialize(), "sc config sshd start= auto"))
                                .isPositive();
                        for (String installer : List.of("install-sshd.ps1", "msiexec /i")) {
                            assertThat(scripts.specialize().indexOf(installer))
                                    .isLessThan(position(scripts.specialize(), "sc config sshd"));
                        }
                    }),
            new Rule(
                    "install-sshd.ps1 is not asked anything",
                    "openssh-portable, install-sshd.ps1: SupportsShouldProcess, ConfirmImpact High",
                    scripts -> assertThat(scripts.specialize().lines())
                            .filteredOn(line -> line.contains("install-sshd.ps1"))
                            .allMatch(line -> line.contains("-Confirm:$false"))),
            new Rule(
                    "sshd runs before the machine is switched off: 4 is SERVICE_RUNNING",
                    "Microsoft Learn, \"SERVICE_STATUS\" and \"sc query\"",
                    scripts -> assertThat(position(scripts.firstLogon(), "sc query sshd | find \": 4 \""))
                            .isBetween(0, position(scripts.firstLogon(), "shutdown /s"))),
            new Rule(
                    "sshd answers before the machine is switched off",
                    "RFC 4253, section 4.2: the server's identification begins with SSH-",
                    scripts -> assertThat(position(scripts.firstLogon(), "'SSH-'"))
                            .isBetween(0, position(scripts.firstLogon(), "shutdown /s"))),
            new Rule(
                    "the firewall lets ssh in whatever the network is taken for",
                    "Microsoft Learn, \"netsh advfirewall firewall add rule\": all profiles unless one is named",
                    scripts -> assertThat(scripts.specialize().lines())
                            .filteredOn(line -> line.startsWith("netsh advfirewall firewall add rule"))
                            .singleElement()
                            .satisfies(line ->
                                    assertThat(line).contains("localport=22").doesNotContain("profile="))),
            new Rule(
                    "no automatic logon is left when the machine is switched off",
                    "Microsoft Learn, \"LogonCount\", known issue: Windows adds 1, and AutoLogonCount has to be set to 0",
                    scripts -> assertThat(position(scripts.firstLogon(), "/v AutoLogonCount /t REG_DWORD /d 0 /f"))
                            .isBetween(0, position(scripts.firstLogon(), "shutdown /s"))),
            new Rule(
                    "no password is left in the registry, whether or not ssh works",
                    "Microsoft, \"Turn on automatic logon in Windows\": DefaultPassword, in clear text",
                    scripts -> assertThat(position(scripts.firstLogon(), "/v DefaultPassword /f"))
                            .isBetween(0, position(scripts.firstLogon(), "goto stay"))),
            new Rule(
                    "Windows PE has its network before anything is waited for",
                    "Microsoft Learn, \"Wpeutil command-line options\"",
                    scripts -> {
                        assertThat(position(scripts.startNet(), "wpeinit"))
                                .isBetween(0, position(scripts.startNet(), "wpeutil InitializeNetwork"));
                        assertThat(position(scripts.startNet(), "wpeutil InitializeNetwork"))
                                .isLessThan(position(scripts.startNet(), "diskpart /s"));
                        assertThat(scripts.startNet().lastIndexOf("drvload"))
                                .isLessThan(position(scripts.startNet(), "wpeutil InitializeNetwork"));
                    }));

    @TestFactory
    Stream<DynamicTest> every_rule_holds_for_every_installation() {
        Map<String, SetupOptions> samples = Samples.options(directory);
        return RULES.stream()
                .flatMap(rule -> samples.entrySet().stream()
                        .map(sample -> DynamicTest.dynamicTest(
                                sample.getKey() + ": " + rule.name(),
                                () -> assertThat(Scripts.of(sample.getValue()))
                                        .as(rule.source())
                                        .satisfies(rule.check()))));
    }

    private static AccessLists.Entry passedOn(String account, int rights) {
        return new AccessLists.Entry(account, rights, false, true, true);
    }

    private static int position(String script, String what) {
        return script.indexOf(what);
    }
}
