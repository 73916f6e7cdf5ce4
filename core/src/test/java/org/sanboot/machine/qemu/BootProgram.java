package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HexFormat;

/**
 * A guest of a few bytes, which iPXE fetches by HTTP and starts as it would start any network boot program: 16-bit code
 * at 0000:7c00.
 */
record BootProgram(ServerSocket server) implements AutoCloseable {

    /** mov dx, 0x604 (q35's PM1a control register); mov ax, 0x2000 (SLP_EN, soft off); out dx, ax; hlt; jmp to hlt. */
    static BootProgram switchingOff() throws IOException {
        return serve("ba 04 06 b8 00 20 ef f4 eb fd");
    }

    /** mov dx, 0xcf9 (reset control register); mov al, 6 (hard reset); out dx, al; hlt; jmp to hlt. */
    static BootProgram resetting() throws IOException {
        return serve("ba f9 0c b0 06 ee f4 eb fd");
    }

    /** mov dx, 0x505 (pvpanic); mov al, 1 (panicked); out dx, al; hlt; jmp to hlt. */
    static BootProgram panicking() throws IOException {
        return serve("ba 05 05 b0 01 ee f4 eb fd");
    }

    private static BootProgram serve(String code) throws IOException {
        byte[] program = HexFormat.ofDelimiter(" ").parseHex(code);
        ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> serve(server, program), "boot-program");
        thread.setDaemon(true);
        thread.start();
        return new BootProgram(server);
    }

    /** As much of HTTP as it takes: the answer to any request is the program. */
    private static void serve(ServerSocket server, byte[] program) {
        try {
            while (true) {
                try (Socket socket = server.accept()) {
                    var request = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                    while (!request.readLine().isEmpty()) {}
                    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + program.length + "\r\n\r\n";
                    socket.getOutputStream().write(head.getBytes(US_ASCII));
                    socket.getOutputStream().write(program);
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    String script() {
        return """
                #!ipxe
                set net0/ip %s
                set net0/netmask %s
                ifopen net0
                chain http://%s:%d/program
                """.formatted(
                        QemuMachine.GUEST_ADDRESS.address(),
                        QemuMachine.GUEST_ADDRESS.netmask(),
                        QemuMachine.HOST_ADDRESS,
                        server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
