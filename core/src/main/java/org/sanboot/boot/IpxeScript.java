package org.sanboot.boot;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * What iPXE does on the way to an iSCSI disk, as a script; immutable.
 *
 * <pre>{@code
 * IpxeScript script = IpxeScript.builder()
 *         .initiator("iqn.2026-01.org.example:host-1")
 *         .target("10.0.2.2", 3260, 1, "iqn.2026-01.org.example:clone-1")
 *         .build();
 * }</pre>
 *
 * <p>The script prints {@value #STARTING} when it begins. When it cannot go on, it prints {@value #FAILED} with iPXE's
 * error number, below iPXE's own explanation, and stops there, so that the screen keeps showing it.
 *
 * <p>iPXE splits lines at white space, expands <code>${...}</code>, takes {@code #} for a comment, and has no way to
 * quote: values with any of these are refused.
 */
public final class IpxeScript {

    /** What the script prints first. */
    public static final String STARTING = "sanboot-ipxe: starting";

    /** What the script prints when it cannot go on; the error number follows. */
    public static final String FAILED = "sanboot-ipxe: failed";

    /** iSCSI names are at most 223 bytes long (RFC 7143, section 4.2.7.2). */
    private static final int MAXIMUM_NAME_LENGTH = 223;

    /**
     * iPXE builds the iBFT in 768 bytes (its ibft_padded_table); each string ends with a zero byte. Measured: 408 bytes of
     * strings boot, 412 do not.
     */
    private static final int IBFT_STRING_SPACE = 400;

    /** A machine has as many CD drives at most, as QEMU's main board has ports for disks. */
    private static final int MOST_DISCS = 6;

    private final String initiatorName;
    private final Target target;
    private final @Nullable StaticAddress address;
    private final @Nullable Credentials chap;
    private final @Nullable Credentials reverseChap;
    private final @Nullable String filename;
    private final boolean chained;
    private final @Nullable String events;
    private final Ending ending;

    private IpxeScript(Builder builder) {
        this.initiatorName = present("The initiator name", builder.initiatorName);
        this.target = present("The target", builder.target);
        this.address = builder.address;
        this.chap = builder.chap;
        this.reverseChap = builder.reverseChap;
        this.filename = builder.filename;
        this.chained = builder.chained;
        this.events = null;
        this.ending = builder.ending;
        if (reverseChap != null && chap == null) {
            throw new ConfigurationException("Mutual CHAP needs the initiator's own CHAP name and secret as well.");
        }
        requireIbftSpace();
    }

    private IpxeScript(IpxeScript script, String events) {
        this.initiatorName = script.initiatorName;
        this.target = script.target;
        this.address = script.address;
        this.chap = script.chap;
        this.reverseChap = script.reverseChap;
        this.filename = script.filename;
        this.chained = script.chained;
        this.events = events;
        this.ending = script.ending;
    }

    /**
     * Begins a script that takes its address from DHCP and logs in without CHAP.
     *
     * @return a builder that needs an initiator and a target
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the script for iPXE to run, with all its secrets.
     *
     * @return lines of ASCII
     */
    public String text() {
        return text(true);
    }

    /**
     * Returns the script as it may be shown and kept.
     *
     * @return the same lines without secrets
     */
    public String redacted() {
        return text(false);
    }

    /**
     * Returns the disk's address as iPXE understands it: {@code iscsi:<server>:<protocol>:<port>:<LUN>:<target name>}.
     *
     * @return a URI (RFC 4173) with an empty protocol and a hexadecimal LUN
     */
    public String sanUri() {
        return target.uri();
    }

    /**
     * Returns the same script, which tells a boot server that it runs, and that it failed; then it restarts the host, for
     * nobody looks at its screen.
     *
     * @param events an HTTP address, below which each event has its own
     */
    IpxeScript reportingTo(String events) {
        return new IpxeScript(this, events);
    }

    private String text(boolean withSecrets) {
        List<String> lines = new ArrayList<>(List.of("#!ipxe", "echo " + STARTING));
        if (events != null) {
            lines.add(report(events + "/script-running"));
        }
        lines.addAll(networkLines());
        lines.add("set initiator-iqn " + initiatorName);
        lines.addAll(credentialLines("", chap, withSecrets));
        lines.addAll(credentialLines("reverse-", reverseChap, withSecrets));
        lines.addAll(endingLines());
        if (events != null) {
            lines.addAll(List.of(
                    ":failed",
                    "set error ${errno}",
                    "echo " + FAILED + " ${error}",
                    report(events + "/san-failed/${error}"),
                    "sleep 10",
                    "reboot"));
            return String.join("\n", lines) + "\n";
        }
        // iPXE's exit would pass on to the next boot device and clear the screen of the reason.
        lines.addAll(List.of(":failed", "echo " + FAILED + " ${errno}", ":stopped", "sleep 3600", "goto stopped"));
        return String.join("\n", lines) + "\n";
    }

    private List<String> endingLines() {
        String attaching = "echo sanboot-ipxe: attaching " + target.uri();
        String hook = "sanhook --drive 0x80 %s || goto failed".formatted(target.uri());
        if (ending instanceof Ending.NextDevice) {
            // By BIOS, and by UEFI where iPXE is a card's ROM, the disk stays when iPXE ends. An EFI program takes its
            // disks along, so it starts the disc by itself: drives are numbered from the attached disk's on.
            List<String> lines = new ArrayList<>(List.of(attaching, hook, "iseq ${platform} efi || exit"));
            for (int drive = 0x81; drive < 0x81 + MOST_DISCS; drive++) {
                lines.add("sanboot --no-describe --drive 0x%x ||".formatted(drive));
            }
            lines.add("exit");
            return lines;
        }
        if (ending instanceof Ending.Kernel kernel) {
            List<String> lines = new ArrayList<>(List.of(attaching, hook));
            lines.addAll(kernel.lines());
            return lines;
        }
        return List.of(
                "echo sanboot-ipxe: booting from " + target.uri(),
                "sanboot --drive 0x80 %s%s || goto failed"
                        .formatted(filename == null ? "" : "--filename " + filename + " ", target.uri()));
    }

    private static String report(String event) {
        return "imgfetch --name sanboot-event " + event + " && imgfree sanboot-event ||";
    }

    private List<String> networkLines() {
        if (chained) {
            return List.of();
        }
        if (address == null) {
            return List.of("dhcp net0 || goto failed");
        }
        return List.of(
                "set net0/ip " + address.address(),
                "set net0/netmask " + address.netmask(),
                "set net0/gateway " + address.gateway(),
                "set net0/dns " + address.nameServer(),
                "ifopen net0 || goto failed");
    }

    private static List<String> credentialLines(String prefix, @Nullable Credentials chap, boolean withSecrets) {
        if (chap == null) {
            return List.of();
        }
        return List.of(
                "set %susername %s".formatted(prefix, chap.name()),
                "set %spassword %s".formatted(prefix, withSecrets ? chap.secret() : "(secret)"));
    }

    private void requireIbftSpace() {
        int needed = Stream.of(initiatorName, target.name())
                .mapToInt(name -> name.length() + 1)
                .sum();
        for (Credentials credentials : new @Nullable Credentials[] {chap, reverseChap}) {
            if (credentials != null) {
                needed += credentials.name().length() + credentials.secret().length() + 2;
            }
        }
        if (needed > IBFT_STRING_SPACE) {
            throw new ConfigurationException(
                    "The initiator name, the target name and the CHAP names and secrets take %d bytes together, but the iBFT has room for %d; shorten the names '%s' and '%s'."
                            .formatted(needed, IBFT_STRING_SPACE, initiatorName, target.name()));
        }
    }

    private static <T> T present(String what, @Nullable T value) {
        if (value == null) {
            throw new ConfigurationException(what + " of an iPXE script is not set.");
        }
        return value;
    }

    /** Returns the script without its secrets. */
    @Override
    public String toString() {
        return redacted();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IpxeScript script && text().equals(script.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    private record Target(String server, int port, int lun, String name) {
        String uri() {
            String host = server.contains(":") ? "[" + server + "]" : server;
            return "iscsi:%s::%d:%x:%s".formatted(host, port, lun, name);
        }
    }

    private record Credentials(String name, String secret) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** What iPXE does once the disk is attached. */
    private sealed interface Ending {

        /** Boots from it. */
        record Disk() implements Ending {}

        /** Leaves it attached and ends, so that the firmware tries its next boot device. */
        record NextDevice() implements Ending {}

        /** Leaves it attached and starts a Linux kernel. */
        record Kernel(String uri, List<String> initrds, String arguments) implements Ending {

            /** By UEFI the kernel itself looks for its initrds, by these names; by BIOS nobody reads them. */
            List<String> lines() {
                List<String> lines = new ArrayList<>();
                StringBuilder names = new StringBuilder();
                for (int i = 0; i < initrds.size(); i++) {
                    names.append(" initrd=initrd").append(i);
                    lines.add("initrd --name initrd%d %s || goto failed".formatted(i, initrds.get(i)));
                }
                lines.add(0, "kernel --name kernel %s%s %s || goto failed".formatted(uri, names, arguments));
                lines.add("boot kernel || goto failed");
                return lines;
            }
        }
    }

    /** Collects the parts of an {@link IpxeScript}; each is checked as it comes. */
    public static final class Builder {

        private @Nullable String initiatorName;
        private @Nullable Target target;
        private @Nullable StaticAddress address;
        private @Nullable Credentials chap;
        private @Nullable Credentials reverseChap;
        private @Nullable String filename;
        private boolean chained;
        private Ending ending = new Ending.Disk();

        private Builder() {}

        /**
         * Sets the name under which firmware and operating system log in.
         *
         * @param name an iSCSI name, at most 223 bytes; short is better, see {@link #build()}
         * @return this
         */
        public Builder initiator(String name) {
            this.initiatorName = iscsiName("initiator", name);
            return this;
        }

        /**
         * Sets the disk to boot from.
         *
         * @param server host name or address as the machine sees it
         * @param port TCP port, 1 to 65535
         * @param lun logical unit number, 0 to 255 (single-level peripheral addressing)
         * @param name the target's iSCSI name
         * @return this
         */
        public Builder target(String server, int port, int lun, String name) {
            if (port < 1 || port > 65535) {
                throw new ConfigurationException("The target's port (%d) must be between 1 and 65535.".formatted(port));
            }
            if (lun < 0 || lun > 255) {
                throw new ConfigurationException("The LUN (%d) must be between 0 and 255.".formatted(lun));
            }
            this.target = new Target(printable("target's server", server), port, lun, iscsiName("target", name));
            return this;
        }

        /**
         * Sets a known address in place of DHCP, which costs iPXE three seconds.
         *
         * @param address what the first network card is configured with
         * @return this
         */
        public Builder address(StaticAddress address) {
            this.address = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Says that iPXE has fetched the script over the network that it is to boot by, and need not configure it again.
         *
         * @return this
         */
        public Builder chained() {
            this.chained = true;
            return this;
        }

        /**
         * Sets what the initiator shows to the target.
         *
         * @param name CHAP name
         * @param secret CHAP secret; reaches the operating system through the iBFT in clear text
         * @return this
         */
        public Builder chap(String name, String secret) {
            this.chap = credentials("CHAP", name, secret);
            return this;
        }

        /**
         * Sets what the target must show to the initiator (mutual CHAP).
         *
         * @param name CHAP name
         * @param secret CHAP secret
         * @return this
         */
        public Builder reverseChap(String name, String secret) {
            this.reverseChap = credentials("reverse CHAP", name, secret);
            return this;
        }

        /**
         * Sets the boot loader that UEFI loads from the disk.
         *
         * @param path such as {@code \EFI\Microsoft\Boot\bootmgfw.efi}; when it is not set, UEFI's default for removable
         *     media
         * @return this
         */
        public Builder filename(String path) {
            this.filename = printable("boot file name", path);
            return this;
        }

        /**
         * Attaches the disk as the first one, describes it in the iBFT, and leaves booting to the firmware's next device: the
         * way to install an operating system from a CD onto the disk.
         *
         * @return this
         */
        public Builder thenNextDevice() {
            this.ending = new Ending.NextDevice();
            return this;
        }

        /**
         * Attaches the disk as {@link #thenNextDevice()} does and starts a Linux kernel.
         *
         * @param uri where iPXE fetches the kernel
         * @param initrds where it fetches the initial RAM disks, which are unpacked one over the other
         * @param arguments the kernel's command line, words of printable ASCII
         * @return this
         */
        public Builder thenKernel(String uri, List<String> initrds, String arguments) {
            printable("kernel's address", uri);
            initrds.forEach(initrd -> printable("initrd's address", initrd));
            List<String> words = List.of(arguments.strip().split("\\s+"));
            words.stream().filter(word -> !word.isEmpty()).forEach(word -> requireWord("kernel argument", word));
            this.ending = new Ending.Kernel(uri, List.copyOf(initrds), String.join(" ", words));
            return this;
        }

        /**
         * Completes the script.
         *
         * @return the script
         * @throws ConfigurationException when a part is missing, or when names and secrets do not fit into the iBFT
         *     together (400 bytes)
         */
        public IpxeScript build() {
            return new IpxeScript(this);
        }

        private static Credentials credentials(String what, String name, String secret) {
            printable(what + " name", name);
            requirePrintable(what + " secret", "the value", secret);
            return new Credentials(name, secret);
        }

        private static String iscsiName(String whose, String name) {
            if (name.getBytes(UTF_8).length > MAXIMUM_NAME_LENGTH) {
                throw new ConfigurationException("The %s name '%s' is longer than iSCSI's %d bytes."
                        .formatted(whose, name, MAXIMUM_NAME_LENGTH));
            }
            return printable(whose + " name", name);
        }

        private static String printable(String what, String value) {
            requirePrintable(what, "'" + value.replaceAll("\\p{Cntrl}", "?") + "'", value);
            return value;
        }

        /** Behind the kernel's address a leading hyphen is no option any more: {@code ---} is what Debian's installer reads. */
        private static void requireWord(String what, String word) {
            if (!isWord(word)) {
                throw new ConfigurationException(
                        "The %s '%s' cannot go into an iPXE script, which has no quoting: it must be printable ASCII without # and ${, and no operator."
                                .formatted(what, word));
            }
        }

        /** A lone operator would end the command. */
        private static boolean isWord(String value) {
            return value.matches("[!-~]+")
                    && !value.contains("#")
                    && !value.contains("${")
                    && !List.of("||", "&&", ";").contains(value);
        }

        /** A leading hyphen would be an option. */
        private static void requirePrintable(String what, String shown, String value) {
            if (!isWord(value) || value.startsWith("-")) {
                throw new ConfigurationException(
                        "The %s cannot go into an iPXE script, which has no quoting: %s must be printable ASCII without white space, # and ${, and must not begin with a hyphen or be an operator."
                                .formatted(what, shown));
            }
        }
    }
}
