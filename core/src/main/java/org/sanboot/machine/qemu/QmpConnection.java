package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.sanboot.InfrastructureException;

/**
 * A conversation in the QEMU Machine Protocol.
 *
 * <p>One thread calls {@link #readUntilEnd}, and hands events on; any thread executes commands.
 */
final class QmpConnection {

    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(30);

    private final String machine;
    private final SocketChannel channel;
    private final AtomicLong lastId = new AtomicLong();
    private final CompletableFuture<String> greeting = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private volatile boolean ended;

    QmpConnection(String machine, SocketChannel channel) {
        this.machine = machine;
        this.channel = channel;
    }

    /** Negotiates and returns QEMU's version. */
    String handshake() {
        String version = await("greeting", greeting, ANSWER_DEADLINE);
        execute("qmp_capabilities", Map.of());
        return version;
    }

    /**
     * Has QEMU do something and waits for its answer.
     *
     * @throws InfrastructureException when it refuses, is gone, or does not answer in time
     */
    JsonNode execute(String command, Map<String, ?> arguments, Duration deadline) {
        long id = lastId.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            if (ended) {
                throw gone();
            }
            send(ByteBuffer.wrap(QmpMessage.command(id, command, arguments).getBytes(UTF_8)));
            return await(command, answer, deadline);
        } finally {
            waiting.remove(id);
        }
    }

    JsonNode execute(String command, Map<String, ?> arguments) {
        return execute(command, arguments, ANSWER_DEADLINE);
    }

    /** Has QEMU's human monitor do something that the protocol has no command for. */
    String executeByHuman(String commandLine) {
        return execute("human-monitor-command", Map.of("command-line", commandLine))
                .asText();
    }

    /** Reads until QEMU closes its end; returns normally whatever ends it. */
    void readUntilEnd(Consumer<QmpMessage.Event> events) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(8192);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (channel.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (next == '\n') {
                        receive(line.toString(UTF_8), events);
                        line.reset();
                    } else {
                        line.write(next);
                    }
                }
            }
        } catch (IOException | InfrastructureException e) {
            greeting.completeExceptionally(e);
        } finally {
            ended = true;
            greeting.completeExceptionally(gone());
            waiting.values().forEach(answer -> answer.completeExceptionally(gone()));
        }
    }

    private void receive(String line, Consumer<QmpMessage.Event> events) {
        QmpMessage message = QmpMessage.parse(line);
        if (message instanceof QmpMessage.Greeting hello) {
            greeting.complete(hello.version());
        } else if (message instanceof QmpMessage.Event event) {
            events.accept(event);
        } else if (message instanceof QmpMessage.Success success) {
            var answer = waiting.get(success.id());
            if (answer != null) {
                answer.complete(success.value());
            }
        } else if (message instanceof QmpMessage.Failure failure) {
            var answer = waiting.get(failure.id());
            if (answer != null) {
                answer.completeExceptionally(new InfrastructureException(failure.description()));
            }
        }
    }

    private synchronized void send(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw gone();
        }
    }

    private <T> T await(String command, CompletableFuture<T> answer, Duration deadline) {
        try {
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new InfrastructureException(
                    "Machine '%s': QEMU did not carry out %s: %s".formatted(machine, command, cause.getMessage()),
                    cause);
        } catch (TimeoutException e) {
            throw new InfrastructureException("Machine '%s': QEMU did not answer %s within %d s."
                    .formatted(machine, command, deadline.toSeconds()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(
                    "Machine '%s': interrupted while QEMU carried out %s.".formatted(machine, command), e);
        }
    }

    private InfrastructureException gone() {
        return new InfrastructureException("Machine '%s': QEMU is gone.".formatted(machine));
    }
}
