package org.sanboot.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class PortalNameTest {

    private static final byte[] LINK_LOCAL = {
        (byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xfc, 0, 0, 0, 0, 1
    };

    @Test
    void an_ipv4_portal_is_address_and_port() throws UnknownHostException {
        assertThat(PortalName.of(new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 3260)))
                .isEqualTo("192.0.2.1:3260");
    }

    @Test
    void an_ipv6_address_is_in_brackets() throws UnknownHostException {
        assertThat(PortalName.of(new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 3260)))
                .isEqualTo("[2001:db8:0:0:0:0:0:1]:3260");
    }

    @Test
    void the_zone_of_an_ipv6_address_stays_at_home() throws UnknownHostException {
        InetAddress zoned = Inet6Address.getByAddress(null, LINK_LOCAL, 7);
        assertThat(zoned.getHostAddress()).endsWith("%7");
        assertThat(PortalName.of(new InetSocketAddress(zoned, 3260))).isEqualTo("[fe80:0:0:0:0:fc00:0:1]:3260");
    }
}
