package org.sanboot.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.block.Durability;
import org.sanboot.block.Overlay;
import org.sanboot.boot.Firmware;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.testing.TestHome;

/**
 * Linux's own initiator, in a booted Debian guest, against targets beside the one that it was booted from.
 *
 * <p>{@code -Dsanboot.interoperability=full} logs in with every combination of what can be negotiated and not only with
 * every pair; {@code -Dsanboot.fio=SECONDS} adds fio. Firmware and QEMU as initiators: LabIT boots by BIOS and by UEFI, and
 * IscsiToolsIT copies with qemu-img.
 */
@Tag("boot")
class OpenIscsiIT {

    private static final int MEBIBYTE = 1 << 20;
    private static final ChapCredentials ALICE = new ChapCredentials("alice", "correct-horse-battery");
    private static final ChapCredentials DISK = new ChapCredentials("disk", "staple-staple-staple");

    @TempDir
    static Path directory;

    private static Lab lab;
    private static BootedHost host;
    private static IscsiServer server;
    private static final Map<Chap, Overlay> DISKS = new EnumMap<>(Chap.class);

    /** How the two sides prove who they are. */
    private enum Chap {
        NONE,
        ONE_WAY,
        MUTUAL;

        Iqn target() {
            return new Iqn("iqn.2026-01.org.sanboot:"
                    + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        }

        ExportConfiguration.Builder of(ExportConfiguration.Builder export) {
            return switch (this) {
                case NONE -> export;
                case ONE_WAY -> export.chap(ALICE);
                case MUTUAL -> export.mutualChap(ALICE, DISK);
            };
        }

        Map<String, String> settings() {
            Map<String, String> settings = new TreeMap<>();
            settings.put("node.session.auth.authmethod", this == NONE ? "None" : "CHAP");
            if (this != NONE) {
                settings.put("node.session.auth.username", ALICE.name());
                settings.put("node.session.auth.password", ALICE.secret());
            }
            if (this == MUTUAL) {
                settings.put("node.session.auth.username_in", DISK.name());
                settings.put("node.session.auth.password_in", DISK.secret());
            }
            return settings;
        }
    }

    /** One way to log in. */
    private record Cell(
            String headerDigest,
            String dataDigest,
            Chap chap,
            boolean immediateData,
            boolean initialR2T,
            boolean large) {

        static List<Cell> all() {
            List<String> digests = List.of("None", "CRC32C", "None,CRC32C", "CRC32C,None");
            List<Boolean> both = List.of(false, true);
            List<Cell> cells = new ArrayList<>();
            for (String header : digests) {
                for (String data : digests) {
                    for (Chap chap : Chap.values()) {
                        for (boolean immediate : both) {
                            for (boolean r2t : both) {
                                both.forEach(large -> cells.add(new Cell(header, data, chap, immediate, r2t, large)));
                            }
                        }
                    }
                }
            }
            return cells;
        }

        /** Chooses cells so that every two values of different columns come together in one of them. */
        static List<Cell> pairwise() {
            List<Cell> shuffled = all();
            Collections.shuffle(shuffled, new Random(1));
            Set<List<Object>> open = new HashSet<>();
            shuffled.forEach(cell -> open.addAll(cell.pairs()));
            List<Cell> chosen = new ArrayList<>();
            while (!open.isEmpty()) {
                Cell best = Collections.max(
                        shuffled,
                        java.util.Comparator.comparing(cell ->
                                cell.pairs().stream().filter(open::contains).count()));
                open.removeAll(best.pairs());
                chosen.add(best);
            }
            return chosen;
        }

        private Set<List<Object>> pairs() {
            List<Object> values = List.of(headerDigest, dataDigest, chap, immediateData, initialR2T, large);
            Set<List<Object>> pairs = new HashSet<>();
            for (int i = 0; i < values.size(); i++) {
                for (int j = i + 1; j < values.size(); j++) {
                    pairs.add(List.of(i, values.get(i), j, values.get(j)));
                }
            }
            return pairs;
        }

        private static String yesNo(boolean value) {
            return value ? "Yes" : "No";
        }

        Map<String, String> settings() {
            Map<String, String> settings = new TreeMap<>(chap.settings());
            settings.put("node.session.iscsi.ImmediateData", yesNo(immediateData));
            settings.put("node.session.iscsi.InitialR2T", yesNo(initialR2T));
            settings.put("node.session.iscsi.FirstBurstLength", large ? "262144" : "4096");
            settings.put("node.session.iscsi.MaxBurstLength", large ? "1048576" : "8192");
            settings.put("node.conn[0].iscsi.MaxRecvDataSegmentLength", large ? "262144" : "4096");
            settings.put("node.conn[0].iscsi.MaxXmitDataSegmentLength", large ? "262144" : "4096");
            settings.put("node.conn[0].iscsi.HeaderDigest", headerDigest);
            settings.put("node.conn[0].iscsi.DataDigest", dataDigest);
            return settings;
        }

        /** What Linux says of a session that was negotiated as it should be. */
        String expected() {
            int header = headerDigest.startsWith("CRC32C") ? 1 : 0;
            int data = dataDigest.startsWith("CRC32C") ? 1 : 0;
            return "%d %d %d %d %d"
                    .formatted(header, data, immediateData ? 1 : 0, initialR2T ? 1 : 0, large ? 1048576 : 8192);
        }

        String row() {
            return "| %-11s | %-11s | %-7s | %-13s | %-10s | %-6s |"
                    .formatted(
                            headerDigest,
                            dataDigest,
                            chap,
                            yesNo(immediateData),
                            yesNo(initialR2T),
                            large ? "large" : "small");
        }
    }

    @BeforeAll
    static void boot() throws IOException {
        Path home = TestHome.withGuest(directory.resolve("home"), TestHome.guest("debian"));
        server = IscsiServer.start(IscsiServerConfiguration.listeningOn(new InetSocketAddress("127.0.0.1", 0)));
        for (Chap chap : Chap.values()) {
            Overlay disk =
                    Overlay.createBlank(directory.resolve(chap + ".qcow2"), 1024L * MEBIBYTE, Durability.PROCESS);
            DISKS.put(chap, disk);
            server.export(chap.of(ExportConfiguration.named(chap.target()).lun(0, disk))
                    .build());
        }
        lab = Lab.open(new LabConfiguration(home, 1));
        // By UEFI, which the examples do not: that Debian boots by it is seen here.
        host = lab.boot(HostRequest.of("debian")
                        .firmware(Firmware.UEFI)
                        .readyTimeout(Duration.ofMinutes(10))
                        .build())
                .host();
    }

    @AfterAll
    static void end() {
        if (lab != null) {
            lab.close();
        }
        if (server != null) {
            server.close();
        }
        DISKS.values().forEach(Overlay::close);
    }

    private static String portal() {
        // Where QEMU's user network has the loopback of this host.
        return "10.0.2.2:" + server.portals().get(0).getPort();
    }

    private static String login(Iqn target, Map<String, String> settings) {
        StringBuilder script = new StringBuilder("set -e\n");
        String node = "iscsiadm -m node -T " + target + " -p " + portal();
        script.append(node).append(" -o new > /dev/null\n");
        script.append("record=$(find /etc/iscsi/nodes/")
                .append(target)
                .append(" /var/lib/iscsi/nodes/")
                .append(target);
        script.append(" -type f 2> /dev/null | head -n 1)\n");
        settings.forEach((name, value) -> {
            script.append("sed -i '/^").append(name.replace("[", "\\[")).append(" = /d' $record\n");
            script.append("sed -i '/^# BEGIN/a ")
                    .append(name)
                    .append(" = ")
                    .append(value)
                    .append("' $record\n");
        });
        script.append(node).append(" --login > /dev/null\n");
        script.append("for s in /sys/class/iscsi_session/*; do [ \"$(cat $s/targetname)\" = ")
                .append(target);
        script.append(" ] && session=$s; done\n");
        script.append(
                "until disk=$(ls $session/device/target*/*/block 2> /dev/null) && [ -b /dev/$disk ]; do sleep 0.1; done\n");
        return script.toString();
    }

    private static String logout(Iqn target) {
        String node = "iscsiadm -m node -T " + target + " -p " + portal();
        return node + " --logout > /dev/null\n" + node + " -o delete\n";
    }

    @Test
    void every_way_to_log_in_writes_and_reads_back_what_was_written() throws Exception {
        boolean full = "full".equals(System.getProperty("sanboot.interoperability"));
        List<Cell> cells = full ? Cell.all() : Cell.pairwise();
        System.out.println("| HeaderDigest | DataDigest | CHAP | ImmediateData | InitialR2T | bursts | result |");
        System.out.println("|---|---|---|---|---|---|---|");
        List<String> failures = new ArrayList<>();
        for (Cell cell : cells) {
            String result = tryOut(cell);
            System.out.println(cell.row() + " " + result + " |");
            if (!result.equals("ok")) {
                failures.add(cell + ": " + result);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static final String WRITE_AND_READ = """
            connection=$(echo $session | sed 's/iscsi_session.session/iscsi_connection\\/connection/'):0
            echo negotiated $(cat $connection/header_digest $connection/data_digest \
                $session/immediate_data $session/initial_r2t $session/max_burst_len)
            head -c 1048576 /dev/urandom > /run/pattern
            dd if=/run/pattern of=/dev/$disk bs=1M oflag=direct conv=fsync 2> /dev/null
            dd if=/dev/$disk bs=1M count=1 iflag=direct 2> /dev/null | cmp - /run/pattern
            sha256sum /run/pattern
            """;

    private static String tryOut(Cell cell) throws Exception {
        Iqn target = cell.chap.target();
        CommandResult result = host.run(Command.of(login(target, cell.settings()) + WRITE_AND_READ + logout(target))
                .within(Duration.ofMinutes(5)));
        if (result.exitStatus() != 0) {
            host.run("iscsiadm -m node -T " + target + " --logout; iscsiadm -m node -T " + target + " -o delete");
            return "failed: " + result.transcript().replace('\n', ' ');
        }
        String negotiated = first(result.stdout(), "(?m)^negotiated (.*)$");
        if (!negotiated.equals(cell.expected())) {
            return "negotiated " + negotiated + ", not " + cell.expected();
        }
        boolean same = first(result.stdout(), "(?m)^([0-9a-f]{64}) ").equals(hash(DISKS.get(cell.chap)));
        return same ? "ok" : "other data came to the disk";
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private static String hash(Overlay disk) throws Exception {
        ByteBuffer data = ByteBuffer.allocate(MEBIBYTE);
        disk.read(0, data);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data.array()));
    }

    /** The host's own fio, since a guest has no internet. */
    @Test
    @EnabledIfSystemProperty(named = "sanboot.fio", matches = "\\d+")
    void fio_finds_every_block_as_it_wrote_it() throws Exception {
        int seconds = Integer.parseInt(System.getProperty("sanboot.fio"));
        host.copyTo(fio(), "/root/fio");
        Iqn target = Chap.NONE.target();
        String run = "chmod +x /root/fio/*\n"
                + "/root/fio/ld-linux-x86-64.so.2 --library-path /root/fio /root/fio/fio --name=checked"
                + " --filename=/dev/$disk --direct=1 --ioengine=libaio --iodepth=32 --rw=randwrite --bs=16k --size=512m"
                + " --verify=crc32c --verify_fatal=1 --verify_backlog=1024 --randrepeat=0 --time_based --runtime="
                + seconds + "\n";
        CommandResult result = host.run(Command.of(login(target, Map.of()) + run + logout(target))
                .within(Duration.ofSeconds(seconds * 2L + 300)));
        System.out.println(result.stdout());
        assertThat(result).succeeded();
        assertThat(result.stdout()).contains("err= 0").doesNotContain("verify:");
    }

    /** Collects fio with the libraries and the loader that it needs. */
    private static Path fio() throws Exception {
        Path program = Path.of("/usr/bin/fio");
        TestHome.require(Files.exists(program), "fio is not installed: apt-get install fio");
        Path copy = Files.createDirectories(directory.resolve("fio"));
        Files.copy(program, copy.resolve("fio"));
        Process ldd = new ProcessBuilder("ldd", program.toString()).start();
        String libraries = new String(ldd.getInputStream().readAllBytes());
        Matcher matcher = Pattern.compile("(/\\S+) \\(0x").matcher(libraries);
        while (matcher.find()) {
            Path library = Path.of(matcher.group(1));
            Files.copy(library, copy.resolve(library.getFileName()));
        }
        return copy;
    }
}
