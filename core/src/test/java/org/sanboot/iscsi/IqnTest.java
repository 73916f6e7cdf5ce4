package org.sanboot.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

class IqnTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "iqn.2026-01.org.sanboot:disk.1",
                "iqn.1991-05.com.microsoft:win-pc",
                "iqn.2010-04.org.ipxe:00112233-4455-6677-8899-aabbccddeeff",
                "iqn.2001-04.com.example",
                "eui.02004567a425678d",
                "naa.52004567ba64678d",
                "naa.62004567ba64678d0123456789abcdef"
            })
    void a_name_in_any_of_the_three_formats_is_taken(String name) {
        assertThat(new Iqn(name)).hasToString(name);
    }

    @Test
    void a_name_is_put_into_lower_case() {
        assertThat(new Iqn("IQN.2026-01.org.Sanboot:Disk")).isEqualTo(new Iqn("iqn.2026-01.org.sanboot:disk"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "disk",
                "iqn.2026-13.org.example",
                "iqn.26-01.org.example",
                "iqn.2026-01.",
                "iqn.2026-01.org:a b",
                "iqn.2026-01.org:a/b",
                "eui.123",
                "naa.xyz"
            })
    void anything_else_is_refused_with_an_example(String name) {
        assertThatThrownBy(() -> new Iqn(name))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("\"" + name + "\"")
                .hasMessageContaining("iqn.2026-01.org.example:disk1");
    }

    @Test
    void a_name_longer_than_223_characters_is_refused() {
        String longest = "iqn.2026-01.org.example:" + "x".repeat(223 - 24);
        assertThat(new Iqn(longest).value()).hasSize(223);
        assertThatThrownBy(() -> new Iqn(longest + "x")).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void a_secret_never_shows() {
        var credentials = new ChapCredentials("user", "a-very-secret-secret");
        assertThat(credentials.toString()).contains("user").doesNotContain("a-very");
    }

    @Test
    void a_secret_of_less_than_12_bytes_is_refused_without_showing_it() {
        assertThatThrownBy(() -> new ChapCredentials("user", "12345678901"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("12 to 255")
                .hasMessageNotContaining("1234567890");
        assertThatThrownBy(() -> new ChapCredentials("", "123456789012")).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void the_same_secret_in_both_directions_is_refused() {
        var export = ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:x"));
        assertThatThrownBy(() -> export.mutualChap(
                        new ChapCredentials("a", "123456789012"), new ChapCredentials("b", "123456789012")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("two different");
    }

    @Test
    void an_export_without_a_disk_or_with_a_wrong_number_is_refused() {
        var export = ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:x"));
        assertThatThrownBy(export::build).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> export.lun(-1, new MemoryDisk(512))).hasMessageContaining("0 and 16383");
        export.lun(0, new MemoryDisk(512));
        assertThatThrownBy(() -> export.lun(0, new MemoryDisk(512))).hasMessageContaining("two logical units 0");
    }

    @Test
    void a_server_configuration_that_cannot_work_is_refused() {
        assertThatThrownBy(() -> new IscsiServerConfiguration(List.of(), 1, 1, Duration.ofSeconds(1)))
                .hasMessageContaining("at least one portal");
        var portal = List.of(new InetSocketAddress("127.0.0.1", 0));
        assertThatThrownBy(() -> new IscsiServerConfiguration(portal, 0, 1, Duration.ofSeconds(1)))
                .hasMessageContaining("maxSessions (0)");
        assertThatThrownBy(() -> new IscsiServerConfiguration(portal, 1, 1, Duration.ZERO))
                .hasMessageContaining("loginTimeout");
    }

    @Test
    void a_port_in_use_is_one_clear_sentence() {
        try (IscsiServer server = IscsiServer.start(IscsiServerConfiguration.loopback())) {
            InetSocketAddress taken = server.portals().get(0);
            assertThatThrownBy(() -> IscsiServer.start(IscsiServerConfiguration.listeningOn(taken)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(":" + taken.getPort())
                    .hasMessageContaining("port 0");
        }
    }
}
