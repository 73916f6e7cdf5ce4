package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.InfrastructureException;

/** Lines as QEMU 7.2 sent them. */
class QmpMessageTest {

    @Test
    void reads_the_greeting() {
        assertThat(QmpMessage.parse("""
                                {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, \
                                "package": "Debian 1:7.2+dfsg-7+deb12u18+b3"}, "capabilities": ["oob"]}}""")).isEqualTo(new QmpMessage.Greeting("7.2.22"));
    }

    @Test
    void reads_an_answer() {
        assertThat(QmpMessage.parse("{\"return\": {}, \"id\": 3}"))
                .isEqualTo(new QmpMessage.Success(3, JsonNodeFactory.instance.objectNode()));
        assertThat(QmpMessage.parse("{\"return\": \"text\\r\\n\", \"id\": 4}"))
                .isEqualTo(new QmpMessage.Success(4, JsonNodeFactory.instance.textNode("text\r\n")));
    }

    @Test
    void reads_an_error() {
        assertThat(QmpMessage.parse("""
                                {"id": 5, "error": {"class": "CommandNotFound", \
                                "desc": "The command nonsense has not been found"}}"""))
                .isEqualTo(new QmpMessage.Failure(5, "The command nonsense has not been found"));
    }

    @Test
    void reads_an_event() {
        var event = (QmpMessage.Event) QmpMessage.parse("""
                        {"timestamp": {"seconds": 1795362856, "microseconds": 173441}, "event": "SHUTDOWN", \
                        "data": {"guest": true, "reason": "guest-shutdown"}}""");

        assertThat(event.name()).isEqualTo("SHUTDOWN");
        assertThat(event.data().path("guest").asBoolean()).isTrue();
    }

    @Test
    void writes_commands() {
        assertThat(QmpMessage.command(1, "qmp_capabilities", Map.of()))
                .isEqualTo("{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
        assertThat(QmpMessage.command(
                        2, "screendump", new TreeMap<>(Map.of("filename", "/tmp/a \"b\".png", "format", "png"))))
                .isEqualTo("""
                        {"execute":"screendump","arguments":{"filename":"/tmp/a \\"b\\".png","format":"png"},"id":2}
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "{\"return\"", "hello"})
    void refuses_what_is_no_message(String line) {
        assertThatThrownBy(() -> QmpMessage.parse(line))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageStartingWith("QEMU said what is no");
    }
}
