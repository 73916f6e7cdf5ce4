package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

class IpxeScriptTest {

    private static final String INITIATOR = "iqn.2026-01.org.example:host-1";
    private static final String TARGET = "iqn.2026-01.org.example:clone-1";

    private static IpxeScript.Builder script() {
        return IpxeScript.builder().initiator(INITIATOR).target("10.0.2.2", 3260, 1, TARGET);
    }

    @Test
    void boots_by_dhcp_without_chap_unless_told_otherwise() {
        assertThat(script().build().text()).isEqualTo("""
                        #!ipxe
                        echo sanboot-ipxe: starting
                        dhcp net0 || goto failed
                        set initiator-iqn iqn.2026-01.org.example:host-1
                        echo sanboot-ipxe: booting from iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1
                        sanboot --drive 0x80 iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1 || goto failed
                        :failed
                        echo sanboot-ipxe: failed ${errno}
                        :stopped
                        sleep 3600
                        goto stopped
                        """);
    }

    @Test
    void sets_address_credentials_and_boot_file() {
        IpxeScript script = script().address(new StaticAddress("10.0.2.15", "255.255.255.0", "10.0.2.2", "10.0.2.3"))
                .chap("host-1", "initiator-secret")
                .reverseChap("clone-1", "target-secret")
                .filename("\\EFI\\Microsoft\\Boot\\bootmgfw.efi")
                .build();

        assertThat(script.text()).isEqualTo("""
                        #!ipxe
                        echo sanboot-ipxe: starting
                        set net0/ip 10.0.2.15
                        set net0/netmask 255.255.255.0
                        set net0/gateway 10.0.2.2
                        set net0/dns 10.0.2.3
                        ifopen net0 || goto failed
                        set initiator-iqn iqn.2026-01.org.example:host-1
                        set username host-1
                        set password initiator-secret
                        set reverse-username clone-1
                        set reverse-password target-secret
                        echo sanboot-ipxe: booting from iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1
                        sanboot --drive 0x80 --filename \\EFI\\Microsoft\\Boot\\bootmgfw.efi \
                        iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1 || goto failed
                        :failed
                        echo sanboot-ipxe: failed ${errno}
                        :stopped
                        sleep 3600
                        goto stopped
                        """);
    }

    @Test
    void leaves_the_disk_attached_and_booting_to_the_firmwares_next_device() {
        assertThat(script().chained().thenNextDevice().build().text()).isEqualTo("""
                        #!ipxe
                        echo sanboot-ipxe: starting
                        set initiator-iqn iqn.2026-01.org.example:host-1
                        echo sanboot-ipxe: attaching iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1
                        sanhook --drive 0x80 iscsi:10.0.2.2::3260:1:iqn.2026-01.org.example:clone-1 || goto failed
                        iseq ${platform} efi || exit
                        sanboot --no-describe --drive 0x81 ||
                        sanboot --no-describe --drive 0x82 ||
                        sanboot --no-describe --drive 0x83 ||
                        sanboot --no-describe --drive 0x84 ||
                        sanboot --no-describe --drive 0x85 ||
                        sanboot --no-describe --drive 0x86 ||
                        exit
                        :failed
                        echo sanboot-ipxe: failed ${errno}
                        :stopped
                        sleep 3600
                        goto stopped
                        """);
    }

    @Test
    void starts_a_kernel_with_the_disk_attached() {
        assertThat(script().thenKernel(
                                "http://10.0.2.2/k",
                                List.of("http://10.0.2.2/a", "http://10.0.2.2/b"),
                                " quiet  --- x ")
                        .build()
                        .text())
                .contains("""
                        kernel --name kernel http://10.0.2.2/k initrd=initrd0 initrd=initrd1 quiet --- x || goto failed
                        initrd --name initrd0 http://10.0.2.2/a || goto failed
                        initrd --name initrd1 http://10.0.2.2/b || goto failed
                        boot kernel || goto failed
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a#b", "x ${net0/mac}", "a ; reboot", "a || b", "naïve"})
    void refuses_kernel_arguments_that_cannot_be_escaped(String arguments) {
        assertThatThrownBy(() -> script().thenKernel("http://10.0.2.2/k", List.of(), arguments))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The kernel argument");
    }

    @Test
    void shows_no_secret_when_redacted_or_printed() {
        IpxeScript script = script().chap("host-1", "initiator-secret")
                .reverseChap("clone-1", "target-secret")
                .build();

        assertThat(script.redacted())
                .contains("set username host-1\nset password (secret)\n")
                .contains("set reverse-username clone-1\nset reverse-password (secret)\n")
                .doesNotContain("initiator-secret", "target-secret");
        assertThat(script).hasToString(script.redacted());
    }

    @Test
    void writes_the_lun_in_hexadecimal() {
        assertThat(script().target("10.0.2.2", 3260, 26, TARGET).build().sanUri())
                .isEqualTo("iscsi:10.0.2.2::3260:1a:" + TARGET);
    }

    @Test
    void puts_an_ipv6_address_into_brackets() {
        assertThat(script().target("fd00::2", 3260, 0, TARGET).build().sanUri())
                .isEqualTo("iscsi:[fd00::2]::3260:0:" + TARGET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "a\tb", "a\nsanboot", "a#b", "${net0/mac}", "-o", "||", "&&", "naïve", "a\u0007"})
    void refuses_what_cannot_be_escaped(String value) {
        assertThatThrownBy(() -> script().initiator(value))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The initiator name cannot go into an iPXE script")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> script().target("10.0.2.2", 3260, 1, value))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> script().target(value, 3260, 1, TARGET)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> script().chap(value, "secret")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> script().filename(value)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void refuses_a_secret_without_showing_it() {
        assertThatThrownBy(() -> script().chap("host-1", "my secret"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("The CHAP secret cannot go into an iPXE script")
                .hasMessageNotContaining("my secret");
    }

    @Test
    void refuses_names_that_overflow_the_ibft() {
        String longName = "iqn.2026-01.org.example:" + "x".repeat(190);

        assertThatThrownBy(() -> script().initiator(longName)
                        .target("10.0.2.2", 3260, 1, longName)
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("take 430 bytes together, but the iBFT has room for 400");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65536})
    void refuses_a_port_that_is_none(int port) {
        assertThatThrownBy(() -> script().target("10.0.2.2", port, 1, TARGET))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The target's port (" + port + ") must be between 1 and 65535.");
    }

    @Test
    void refuses_a_lun_that_needs_more_than_one_byte() {
        assertThatThrownBy(() -> script().target("10.0.2.2", 3260, 256, TARGET))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The LUN (256) must be between 0 and 255.");
    }

    @Test
    void refuses_mutual_chap_alone() {
        assertThatThrownBy(() -> script().reverseChap("clone-1", "secret").build())
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void refuses_a_script_without_a_target() {
        assertThatThrownBy(() -> IpxeScript.builder().initiator(INITIATOR).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The target of an iPXE script is not set.");
    }

    @Test
    void refuses_an_address_that_is_none() {
        assertThatThrownBy(() -> new StaticAddress("10.0.2.256", "255.255.255.0", "10.0.2.2", "10.0.2.3"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The address '10.0.2.256' is not an IPv4 address such as 10.0.2.15.");
    }
}
