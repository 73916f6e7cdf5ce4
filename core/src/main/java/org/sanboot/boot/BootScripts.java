package org.sanboot.boot;

/** The scripts that come before the one that boots. */
final class BootScripts {

    /** Makes iPXE's fetching an event succeed. */
    static final String EMPTY = "#!ipxe\n";

    /** Fails, so that the entry script asks again. */
    static final String WAIT = "#!ipxe\necho sanboot: nothing to boot yet\nexit 1\n";

    /** Succeeds, so that the entry script ends and the firmware goes on to its next boot device. */
    static final String UNKNOWN = "#!ipxe\necho sanboot: this is no host of the lab\nsleep 2\nexit 0\n";

    private BootScripts() {}

    /** Asks until there is something to boot. */
    static String entry(String hosts) {
        return """
                #!ipxe
                echo sanboot: asking what to boot
                :again
                chain --autofree %s${netX/mac:hexhyp}.ipxe?uuid=${uuid} && exit 0 ||
                sleep 2
                goto again
                """.formatted(hosts);
    }

    static String admission(String script) {
        return "#!ipxe\nchain --autofree --replace " + script + "\n";
    }
}
