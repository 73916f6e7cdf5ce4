package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IpxePromptTest {

    private static final String COMMANDS =
            "set net0/ip 10.0.2.15 && ifopen net0 && chain tftp://10.0.2.2/boot.ipxe ; exit\n";

    private final List<String> typed = new ArrayList<>();
    private final IpxePrompt prompt = new IpxePrompt(typed::add, QemuMachine.GUEST_ADDRESS);

    @Test
    void answers_the_banner_and_then_the_command_line() {
        prompt.accept("Features: DNS iSCSI\r\n\r\nPress Ctrl-B for the iPXE command line...");
        assertThat(typed).containsExactly("\u0002");

        prompt.accept("\b \b\biPXE> ");
        assertThat(typed).containsExactly("\u0002", COMMANDS);
    }

    @Test
    void finds_what_comes_in_any_pieces() {
        for (char each : "Press Ctrl-B for the iPXE command line...\b \b\biPXE> ".toCharArray()) {
            prompt.accept(String.valueOf(each));
        }

        assertThat(typed).containsExactly("\u0002", COMMANDS);
    }

    @Test
    void finds_both_in_one_piece() {
        prompt.accept("Press Ctrl-B...iPXE> ");

        assertThat(typed).containsExactly("\u0002", COMMANDS);
    }

    @Test
    void answers_once_for_each_start() {
        prompt.accept("Press Ctrl-B...iPXE> ");
        prompt.accept("Press Ctrl-B...iPXE> ");
        assertThat(typed).hasSize(2);

        prompt.rearm();
        prompt.accept("Press Ctrl-B...iPXE> ");
        assertThat(typed).hasSize(4);
    }

    @Test
    void the_same_is_said_as_the_arguments_of_a_program() {
        assertThat(IpxePrompt.arguments(QemuMachine.GUEST_ADDRESS))
                .isEqualTo("ipxe set net0/ip 10.0.2.15 && ifopen net0 && chain tftp://10.0.2.2/boot.ipxe");
    }
}
