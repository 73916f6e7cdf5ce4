package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reads the ids of QEMU's cards out of their PCI configuration, through the ports that a guest's kernel reads it by. */
@Tag("boot")
class TargetMachineIT {

    private static final int ADDRESS = 0xcf8;
    private static final int DATA = 0xcfc;

    @Test
    void qemu_s_cards_show_the_ids_that_are_compared() throws Exception {
        Tools.require("qemu-system-x86_64");
        List<String> cards = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        String known = devices();
        for (TargetMachine machine : TargetMachine.qemu()) {
            if (!known.contains("\"" + machine.name() + "\"")) {
                // igb came with QEMU 8.0.
                assertThat(machine.name()).isEqualTo("igb");
                continue;
            }
            cards.add(machine.name());
            expected.addAll(machine.deviceIds());
        }
        cards.add(1, "virtio-net-pci,disable-legacy=on"); // As on a PCI Express port.

        assertThat(ids(cards)).isEqualTo(expected);
    }

    private static String devices() throws IOException {
        Process qemu = new ProcessBuilder("qemu-system-x86_64", "-device", "help")
                .redirectErrorStream(true)
                .start();
        return new String(qemu.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static List<String> ids(List<String> cards) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("qemu-system-x86_64", "-nodefaults", "-display", "none", "-S", "-accel", "tcg"));
        command.addAll(List.of("-qtest", "stdio", "-qtest-log", "none"));
        for (int i = 0; i < cards.size(); i++) {
            command.addAll(List.of("-device", "%s,addr=%d".formatted(cards.get(i), 2 + i)));
        }
        Process qemu = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (PrintWriter in = new PrintWriter(qemu.outputWriter(), true);
                BufferedReader out = qemu.inputReader()) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < cards.size(); i++) {
                long card = 0x8000_0000L | (2 + i) << 11;
                long model = read(in, out, card);
                long subsystem = read(in, out, card | 0x2c);
                long revision = read(in, out, card | 8) & 0xff;
                ids.add("PCI\\VEN_%04X&DEV_%04X&SUBSYS_%08X&REV_%02X"
                        .formatted(model & 0xffff, model >> 16, subsystem, revision));
            }
            return ids;
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }

    private static long read(PrintWriter in, BufferedReader out, long register) throws IOException {
        in.printf("outl 0x%x 0x%x%n", ADDRESS, register);
        assertThat(out.readLine()).isEqualTo("OK");
        in.printf("inl 0x%x%n", DATA);
        return Long.decode(out.readLine().substring("OK ".length()));
    }
}
