package org.sanboot.evidence;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;
import javax.imageio.ImageIO;

/** A failure with something of everything, and with a guest that prints what should break the page. */
final class SampleFailure {

    static final Instant BEGAN = Instant.parse("2026-11-22T15:29:10.200Z");
    static final String HOSTILE =
            "</pre><script>document.title='owned'</script><img src=x onerror=alert(1)>{{body}}\u202Etxt";

    private SampleFailure() {}

    static Failure keep(Path home, String name, FailureDescription.Kind kind, boolean booted) throws IOException {
        Path scratch = Files.createTempDirectory(home, "scratch");
        Path disk = Files.writeString(scratch.resolve("overlay"), "disk");
        Path golden = home.resolve("images/debian-12/disk.raw");
        Evidence.Builder evidence = Evidence.of(
                        disk, new Evidence.Image("debian-12", "9f86d081884c7d65".repeat(4), golden))
                .run("2026-11-22 15:28")
                .host("client")
                .bootBegan(BEGAN)
                .stage("disk cloned", Duration.ofMillis(1))
                .stage("powered on", Duration.ofMillis(140))
                .stage("firmware login", Duration.ofMillis(4210))
                .stage("first read", Duration.ofMillis(4360))
                .failedAt(BEGAN.plusMillis(58_400))
                .statistics(new Evidence.DiskStatistics(8123, 191_234_048, 913, 22_413_312, 41, 2))
                .machine("firmware", "UEFI")
                .machine("memory", "512 MiB")
                .machine("qemu", "7.2.17, -accel tcg")
                .fact("disk commands", "last: WRITE(10) at LBA 4211072")
                .text("console.log", console(scratch))
                .text(
                        "boot.ipxe",
                        "#!ipxe\nset initiator-iqn iqn.2026-11.org.sanboot:client\nset password [redacted]\nsanboot …\n")
                .text("qemu.log", "qemu-system-x86_64: warning: TCG doesn't support requested feature\n")
                .remark("The guest did not answer over ssh: its logs are in the sealed disk only.");
        for (int i = 0; i < 7; i++) {
            evidence.screenshot(BEGAN.plusSeconds(4 + i * 9L), screenshot(scratch, i));
        }
        if (booted) {
            evidence.stage("operating system login", Duration.ofMillis(13_870))
                    .stage("guest ready", Duration.ofMillis(31_950))
                    .testBegan(BEGAN.plusMillis(32_100))
                    .failedTest(
                            "AgentUpgradeTests.installs()",
                            BEGAN.plusMillis(36_000),
                            new AssertionError("expected: 0\n but was: 3"),
                            null)
                    .failedTest(
                            "AgentUpgradeTests." + name + "()",
                            BEGAN.plusMillis(58_000),
                            new AssertionError("Expecting output active"),
                            null)
                    .journal(journal(scratch));
        }
        var description = new FailureDescription(
                "[engine:junit-jupiter]/[class:org.example.AgentUpgradeTests]/[method:" + name + "()]",
                "AgentUpgradeTests." + name + "()",
                kind,
                new AssertionError("""
                        [systemctl is-active agent]
                        Expecting output
                          "inactive"
                        to be
                          "active"
                        """ + (booted ? "" : HOSTILE)));
        return FailureStore.at(home)
                .withClock(Clock.fixed(BEGAN.plusSeconds(60), ZoneOffset.UTC), new Random(name.hashCode()))
                .withRetention(Retention.unlimited())
                .keep(description, evidence.build());
    }

    private static Journal journal(Path scratch) {
        Instant[] now = {BEGAN.plusMillis(32_200)};
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now[0];
            }
        };
        Journal journal = Journal.in(scratch, Redaction::none, clock, 1 << 20, 1 << 20);
        step(journal, now, Journal.Kind.COPY, "copy target/agent.deb to /tmp/agent.deb", 340)
                .done();
        step(journal, now, Journal.Kind.COMMAND, "dpkg -i /tmp/agent.deb && sync", 2900)
                .exited(0, "Selecting previously unselected package agent.\nSetting up agent (2.4.1) ...\n");
        step(journal, now, Journal.Kind.COMMAND, "systemctl is-active agent", 120)
                .exited(3, "inactive\n" + HOSTILE);
        step(journal, now, Journal.Kind.POWER, "power cut", 15).done();
        step(journal, now, Journal.Kind.DISK, "snapshot", 2).done();
        step(journal, now, Journal.Kind.POWER, "power on", 20).done();
        step(journal, now, Journal.Kind.WAIT, "until the guest is ready", 12_400)
                .done();
        for (int i = 0; i < 12; i++) {
            step(journal, now, Journal.Kind.COMMAND, "systemctl is-active agent   # attempt " + i, 300)
                    .exited(3, "inactive");
        }
        step(journal, now, Journal.Kind.COMMAND, "cat <<'EOF' > /etc/agent.conf\n[server]\nurl = here\nEOF", 100)
                .exited(0, "");
        step(journal, now, Journal.Kind.COMMAND, "journalctl -u agent " + "-o short-iso-precise ".repeat(8), 700)
                .exited(1, "agent[412]: ERROR cannot open /var/lib/agent/state.db: Input/output error\n".repeat(5));
        return journal;
    }

    private static Journal.Step step(Journal journal, Instant[] now, Journal.Kind kind, String what, long millis) {
        Journal.Step step = journal.begin(kind, what);
        now[0] = now[0].plusMillis(millis);
        return step;
    }

    private static Path console(Path scratch) throws IOException {
        StringBuilder text = new StringBuilder("\u001b[2J\u001b[01;01HiPXE initialising devices...ok\r\n");
        for (int i = 0; i < 2000; i++) {
            if (i % 2 == 0) {
                text.append(BEGAN.plusMillis(20L * i)).append("  ");
            }
            text.append(
                    "[%5d.%06d] systemd[1]: Started \u001b[0;1;39munit-%d.service\u001b[0m - Some service of the guest.\r\n"
                            .formatted(i / 60, i * 137 % 1000000, i));
            if (i % 500 == 499) {
                text.append("[%5d.000000] agent[412]: ERROR cannot open /var/lib/agent/state.db: Input/output error\r\n"
                        .formatted(i / 60));
            }
        }
        text.append(HOSTILE)
                .append("\r\n")
                .append("a very long line ".repeat(40))
                .append("\r\nclient login: ");
        return Files.writeString(scratch.resolve("console"), text);
    }

    private static Path screenshot(Path scratch, int number) throws IOException {
        BufferedImage image = new BufferedImage(720, 400, BufferedImage.TYPE_INT_RGB);
        var graphics = image.createGraphics();
        graphics.setColor(Color.LIGHT_GRAY);
        graphics.setFont(new Font(Font.MONOSPACED, Font.PLAIN, 14));
        for (int line = 0; line <= number * 3; line++) {
            graphics.drawString("[  OK  ] Started unit-" + line + ".service", 8, 18 * (line + 1));
        }
        graphics.dispose();
        Path file = scratch.resolve("screen" + number + ".png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
