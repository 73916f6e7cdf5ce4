package org.sanboot.install;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.qemu.QemuMachine;

/**
 * Hands the machine its boot script, its kernel and its answer files by HTTP.
 *
 * <p>It listens on loopback, where QEMU's user-mode network leads, below a path that nobody can guess: answer files may
 * hold passwords. Thread-safe; the script is asked for on a thread of the server's.
 */
final class InstallServer implements AutoCloseable {

    private final InstallRecipe recipe;
    private final Supplier<String> script;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(InstallServer::thread);
    private final String path;

    private InstallServer(InstallRecipe recipe, Supplier<String> script, HttpServer server, String path) {
        this.recipe = recipe;
        this.script = script;
        this.server = server;
        this.path = path;
    }

    /**
     * Starts to listen.
     *
     * @param recipe whose kernel and answers are handed out
     * @param script asked for the boot script once for each boot
     */
    static InstallServer start(InstallRecipe recipe, Supplier<String> script) {
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        try {
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            InstallServer server =
                    new InstallServer(recipe, script, http, "/" + HexFormat.of().formatHex(random));
            http.setExecutor(server.threads);
            http.createContext(server.path + "/", server::answer);
            http.start();
            return server;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot listen for the machine that is to be installed: " + e, e);
        }
    }

    /** Returns the address of something, as the machine reaches it. */
    private String uri(String name) {
        return "http://%s:%d%s/%s"
                .formatted(QemuMachine.HOST_ADDRESS, server.getAddress().getPort(), path, name);
    }

    String scriptUri() {
        return uri("boot.ipxe");
    }

    String kernelUri() {
        return uri("kernel");
    }

    List<String> initrdUris(int count) {
        return IntStream.range(0, count).mapToObj(i -> uri("initrd" + i)).toList();
    }

    /** Puts the address of the answer files where a text refers to it. */
    String resolve(String text) {
        return text.replace(InstallRecipe.ANSWERS, uri("answers"));
    }

    /** Returns an answer file's content as the installer is to see it. Latin-1 keeps every byte as it is. */
    byte[] resolved(AnswerFile file) {
        return resolve(new String(file.content(), ISO_8859_1)).getBytes(ISO_8859_1);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String name = exchange.getRequestURI().getPath().substring(path.length() + 1);
            if (name.equals("boot.ipxe")) {
                send(exchange, script.get().getBytes(US_ASCII));
            } else if (name.startsWith("answers/")) {
                sendAnswer(exchange, name.substring("answers/".length()));
            } else {
                sendKernel(exchange, name);
            }
        }
    }

    private void sendAnswer(HttpExchange exchange, String name) throws IOException {
        for (AnswerFile file : recipe.answers()) {
            if (file.name().equals(name)) {
                send(exchange, resolved(file));
                return;
            }
        }
        exchange.sendResponseHeaders(404, -1);
    }

    private void sendKernel(HttpExchange exchange, String name) throws IOException {
        KernelBoot kernel = recipe.kernel().orElse(null);
        if (kernel != null && name.equals("kernel")) {
            send(exchange, kernel.kernel());
            return;
        }
        for (int i = 0; kernel != null && i < kernel.initrds().size(); i++) {
            if (name.equals("initrd" + i)) {
                send(exchange, kernel.initrds().get(i));
                return;
            }
        }
        exchange.sendResponseHeaders(404, -1);
    }

    private static void send(HttpExchange exchange, Path file) throws IOException {
        exchange.sendResponseHeaders(200, Files.size(file));
        try (OutputStream body = exchange.getResponseBody()) {
            Files.copy(file, body);
        }
    }

    private static void send(HttpExchange exchange, byte[] content) throws IOException {
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(content);
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-install-http");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
