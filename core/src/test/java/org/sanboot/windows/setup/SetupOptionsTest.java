package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;

class SetupOptionsTest {

    @TempDir
    private Path directory;

    @Test
    void defaults_do_where_windows_brings_everything() {
        SetupOptions options =
                SetupOptions.of(Samples.SERVER_2025).sshKey(Samples.SSH_KEY).build();

        assertThat(options.user()).isEqualTo("Administrator");
        assertThat(options.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(options.networkAdapter()).isEqualTo(NetworkAdapter.E1000);
        assertThat(options.bypasses()).isEmpty();
    }

    @Test
    void windows_11_gets_uefi_and_all_bypasses() {
        SetupOptions options = Samples.options(directory).get("windows11");

        assertThat(options.firmware()).isEqualTo(Firmware.UEFI);
        assertThat(options.bypasses()).isEqualTo(EnumSet.allOf(LabConfigBypass.class));
    }

    @Test
    void all_mistakes_are_named_at_once() {
        assertThatThrownBy(() -> SetupOptions.of(Samples.WINDOWS_7)
                        .firmware(Firmware.UEFI)
                        .productKey("W269N-WFGWX")
                        .language("fr-FR")
                        .timeZone("Europe/Berlin")
                        .computerName("12345")
                        .networkAdapter(NetworkAdapter.VIRTIO)
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Windows 7 and Server 2008 R2 need a BIOS")
                .hasMessageContaining("The product key is malformed")
                .hasMessageContaining("Windows 7 PROFESSIONAL has no user interface in fr-FR; it has en-US.")
                .hasMessageContaining("Windows knows no time zone Europe/Berlin; there is")
                .hasMessageContaining("The computer's name 12345 does not do")
                .hasMessageContaining("The ssh key is no public key")
                .hasMessageContaining(
                        "brings no OpenSSH server: give a release of Win32-OpenSSH by --openssh, as .zip.")
                .hasMessageContaining("has no driver for the network card virtio-net-pci");
    }

    @Test
    void blanks_around_a_product_key_are_not_part_of_it() {
        String key = "W269N-WFGWX-YVC9B-4J6C9-T83GX";

        assertThat(Samples.of(Samples.SERVER_2025)
                        .productKey(" " + key + "\n")
                        .build()
                        .productKey())
                .contains(key);
    }

    @Test
    void a_mistyped_time_zone_is_answered_with_similar_ones() {
        assertThat(problems(builder -> builder.timeZone("Pacific Time")))
                .contains("there is Pacific Standard Time (Mexico), Pacific Standard Time, SA Pacific Standard Time");
    }

    @Test
    void a_driver_for_another_windows_does_not_do() {
        DriverFolder virtio = Samples.virtioDriver(directory);

        assertThatThrownBy(() -> Samples.of(Samples.WINDOWS_7)
                        .openSsh(new OpenSsh.Zip(directory))
                        .networkAdapter(NetworkAdapter.VIRTIO)
                        .drivers(List.of(virtio))
                        .build())
                .hasMessage(
                        "Windows 7 PROFESSIONAL has no driver for the network card virtio-net-pci, and there is none"
                                + " in the folders given by --drivers (netkvm.inf is for Windows 10.0 and later, Windows 6.2 and"
                                + " later); setup would not see its disk: give the folder NetKVM of the virtio-win medium by"
                                + " --drivers, or take --network-card e1000.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "Ab1", "lowercase1"})
    void a_server_refuses_simple_passwords(String password) {
        assertThat(problems(builder -> builder.password(password))).contains("too simple");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Our-Tester-1", "Our-administrator-1"})
    void a_server_refuses_passwords_with_the_name_of_an_account(String password) {
        assertThat(problems(builder -> builder.user("tester").password(password)))
                .startsWith("A Windows Server refuses a password that has the account's name ");
    }

    @Test
    void a_short_name_in_a_password_is_no_matter() {
        assertThat(problems(builder -> builder.user("te").password("Our-Tests-1")))
                .isEmpty();
    }

    @Test
    void a_client_takes_a_password_with_the_name_of_the_account() {
        assertThat(problemsOfWindows11(builder -> builder.password("tester"))).isEmpty();
    }

    @Test
    void characters_that_were_lost_on_the_way_are_refused() {
        assertThat(problems(builder -> builder.password("Gr\uFFFD\uFFFDe-1-Pass")))
                .isEqualTo(
                        "The password has lost characters that this host's locale does not have: use a locale with UTF-8,"
                                + " or a password in ASCII.");
        assertThat(problems(builder -> builder.user("J\uFFFDrg"))).startsWith("The user's name has lost characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "Name longer than twenty", "dot.", " ", "tab\t", "per%cent"})
    void users_that_windows_refuses_are_refused(String user) {
        assertThat(problems(builder -> builder.user(user))).startsWith("The user's name does not do");
    }

    @ParameterizedTest
    @ValueSource(strings = {" tester", "tester "})
    void blanks_around_a_user_are_refused(String user) {
        assertThat(problems(builder -> builder.user(user)))
                .isEqualTo("The user's name \"" + user + "\" begins or ends with a blank; leave it out.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Guest",
                "DefaultAccount",
                "WDAGUtilityAccount",
                "SYSTEM",
                "Network Service",
                "Users",
                "none",
                "sshd",
                "LPT1",
                "Administrateur"
            })
    void users_that_windows_has_itself_are_refused(String user) {
        assertThat(problems(builder -> builder.user(user)))
                .isEqualTo("The user's name " + user
                        + " is one that Windows has a use for itself; choose another --user.");
    }

    @Test
    void the_built_in_account_is_used_only_where_its_name_is_known() {
        assertThat(SetupOptions.of(serverIn("de-DE")).userOrDefault()).isEqualTo("Administrator");
        assertThat(SetupOptions.of(serverIn("zh-CN")).userOrDefault()).isEqualTo("Administrator");
        assertThat(SetupOptions.of(serverIn("fr-FR")).userOrDefault()).isEqualTo("tester");
        assertThat(SetupOptions.of(serverIn("cs-CZ")).userOrDefault()).isEqualTo("tester");
        assertThat(SetupOptions.of(serverIn("en-US", "fr-FR")).language("fr-FR").userOrDefault())
                .isEqualTo("tester");
        assertThat(SetupOptions.of(serverIn("fr-FR", "en-US")).language("en-US").userOrDefault())
                .isEqualTo("tester");
    }

    @Test
    void an_administrator_who_is_called_otherwise_is_refused() {
        assertThat(problems(Samples.of(Samples.FRENCH_SERVER_2022)
                        .openSsh(new OpenSsh.Zip(directory))
                        .user("Administrator")))
                .isEqualTo(
                        "The built-in account of a Windows in fr-FR is called Administrateur, not Administrator; choose"
                                + " another --user.");
    }

    private static WindowsEdition serverIn(String... languages) {
        return new WindowsEdition(
                1,
                "Server",
                "Server",
                "ServerStandard",
                true,
                WindowsEdition.AMD64,
                10,
                0,
                20348,
                List.of(languages),
                languages[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"en-GB", "zh-CN", "sr-Latn-RS", "pt-BR"})
    void locales_with_a_region_are_known(String locale) {
        assertThat(problems(builder -> builder.locale(locale))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "xx-YY", "English", ""})
    void other_locales_are_not(String locale) {
        assertThat(problems(builder -> builder.locale(locale))).startsWith("There is no locale " + locale);
    }

    @Test
    void a_client_wants_an_account_of_its_own() {
        assertThatThrownBy(() -> Samples.of(Samples.WINDOWS_10)
                        .openSsh(new OpenSsh.Zip(directory))
                        .user("administrator")
                        .build())
                .hasMessageStartingWith("The first start of Windows 10 Pro asks for an account besides Administrator");
    }

    @Test
    void bypasses_are_for_windows_11() {
        assertThat(problems(builder -> builder.bypasses(EnumSet.of(LabConfigBypass.TPM))))
                .startsWith("Only Windows 11 makes demands");
    }

    @Test
    void what_the_machine_of_a_windows_11_does_not_have_must_be_bypassed() {
        assertThat(problemsOfWindows11(
                        builder -> builder.machine(false, 2048, 1).bypasses(EnumSet.noneOf(LabConfigBypass.class))))
                .containsExactly(
                        "The setup of Windows 11 Pro demands Secure Boot, which Sanboot starts its machines without:"
                                + " add secure-boot to --bypass.",
                        "The setup of Windows 11 Pro demands a TPM 2.0, and the machine has none: add tpm to --bypass, or"
                                + " give --tpm.",
                        "The setup of Windows 11 Pro demands 4 GiB of memory, and the machine has 2048 MiB: add ram to"
                                + " --bypass, or give --memory 4G.",
                        "The setup of Windows 11 Pro demands 2 processors, and the machine has 1; no switch of it is known to"
                                + " pass that over: give --cpus 2.");
    }

    @Test
    void what_the_machine_of_a_windows_11_has_need_not_be_bypassed() {
        assertThat(problemsOfWindows11(
                        builder -> builder.machine(true, 4096, 2).bypasses(EnumSet.of(LabConfigBypass.SECURE_BOOT))))
                .isEmpty();
    }

    @Test
    void a_small_machine_does_for_windows_11_when_everything_is_bypassed() {
        assertThat(problemsOfWindows11(builder -> builder.machine(false, 2048, 2)))
                .isEmpty();
    }

    /** There is no BypassCPUCheck in Windows' setup programs. */
    @Test
    void one_processor_is_refused_whatever_is_bypassed() {
        assertThat(LabConfigBypass.values())
                .extracting(LabConfigBypass::value)
                .containsExactly("BypassTPMCheck", "BypassSecureBootCheck", "BypassRAMCheck");
        assertThat(problemsOfWindows11(builder -> builder.machine(true, 4096, 1)))
                .singleElement()
                .asString()
                .contains("demands 2 processors");
    }

    @Test
    void a_medium_whose_setup_asks_for_a_key_needs_one() {
        KeyDemand asked = KeyDemand.of(Samples.WINDOWS_11, Optional.empty());

        assertThat(problemsOfWindows11(builder -> builder.keyDemand(asked)))
                .containsExactly(
                        "The setup of Windows 11 Pro asks for a product key and would wait for it: Professional"
                                + " without sources/ei.cfg is of the retail channel; give one by --key, or --key none if you know"
                                + " better.");
        assertThat(problemsOfWindows11(builder -> builder.keyDemand(asked).productKey("W269N-WFGWX-YVC9B-4J6C9-T83GX")))
                .isEmpty();
        assertThat(problemsOfWindows11(builder -> builder.keyDemand(asked).productKey("none")))
                .isEmpty();
    }

    @Test
    void a_key_of_none_is_not_a_key() {
        assertThat(Samples.of(Samples.SERVER_2025).productKey("none").build().productKey())
                .isEmpty();
    }

    @Test
    void a_driver_that_is_based_on_NetAdapterCx_is_refused() {
        Samples.write(directory.resolve("new/rtcx.inf"), """
                [Manufacturer]
                %Realtek% = Models, NTamd64.10.0...22000
                [Models.NTamd64.10.0...22000]
                %card% = rtcx.ndi, PCI\\VEN_10EC&DEV_8139
                [rtcx.ndi]
                *IfType = 6
                *IfConnectorPresent = 1 ; BOOLEAN
                *HardwareLoopback = 0
                """);

        assertThat(problemsOfWindows11(builder -> builder.networkAdapter(NetworkAdapter.RTL8139)
                        .drivers(List.of(DriverFolder.of(directory.resolve("new"))))))
                .containsExactly(
                        "The driver %s for the network card rtl8139 is based on NetAdapterCx, and Windows cannot boot"
                                        .formatted(directory.resolve("new/rtcx.inf"))
                                + " from iSCSI by such a driver; give an older one that is based on NDIS, or take --network-card e1000.");
    }

    @ParameterizedTest
    @CsvSource({"0, x86 (32 bits)", "5, ARM (32 bits)", "6, Itanium", "12, ARM64", "99, processor architecture 99"})
    void media_for_other_processors_are_named(int architecture, String processor) {
        WindowsEdition pro = new WindowsEdition(
                6, "Pro", "Pro", "Professional", false, architecture, 10, 0, 26100, List.of("en-US"), "en-US");

        assertThat(problems(Samples.of(pro).openSsh(new OpenSsh.Zip(directory)).machine(true, 4096, 2)))
                .isEqualTo("Pro is for %s, and the machine is an x64 PC; take a medium for x64.".formatted(processor));
        assertThat(pro.describe()).endsWith(", for " + processor + ")");
    }

    @Test
    void a_machine_of_which_nothing_is_said_has_no_tpm() {
        assertThat(problemsOfWindows11(builder -> builder.bypasses(EnumSet.of(LabConfigBypass.SECURE_BOOT))))
                .singleElement()
                .asString()
                .contains("TPM 2.0");
    }

    @Test
    void nothing_is_demanded_of_the_machine_by_others() {
        assertThat(problems(builder -> builder.machine(false, 1024, 1))).isEmpty();
    }

    @Test
    void other_processors_and_older_windows_are_refused() {
        WindowsEdition vista = new WindowsEdition(
                1, "Windows Vista", "Windows Vista", "Business", false, 0, 6, 0, 6002, List.of("en-US"), "en-US");

        assertThatThrownBy(() ->
                        Samples.of(vista).openSsh(new OpenSsh.Zip(directory)).build())
                .hasMessageContaining("Windows Vista is for x86 (32 bits), and the machine is an x64 PC");
    }

    @Test
    void an_openssh_package_is_a_release_of_win32_openssh() throws Exception {
        Path text = Files.writeString(directory.resolve("OpenSSH.zip"), "no zip");
        Path other = Files.writeString(directory.resolve("openssh.tar"), "");

        assertThatThrownBy(() -> OpenSsh.of(text)).hasMessageContaining("OpenSSH.zip cannot be read");
        assertThatThrownBy(() -> OpenSsh.of(other)).hasMessageContaining("is no release of Win32-OpenSSH");
        assertThatThrownBy(() -> OpenSsh.of(directory.resolve("missing.zip"))).hasMessageContaining("is not there");
    }

    /** What is wrong with a server that is right but for one option. */
    private static String problems(UnaryOperator<SetupOptions.Builder> option) {
        return problems(option.apply(Samples.of(Samples.SERVER_2025)));
    }

    private List<String> problemsOfWindows11(UnaryOperator<SetupOptions.Builder> option) {
        return problems(option.apply(Samples.of(Samples.WINDOWS_11).openSsh(new OpenSsh.Zip(directory))))
                .lines()
                .toList();
    }

    private static String problems(SetupOptions.Builder builder) {
        try {
            builder.build();
            return "";
        } catch (ConfigurationException e) {
            return e.getMessage();
        }
    }
}
