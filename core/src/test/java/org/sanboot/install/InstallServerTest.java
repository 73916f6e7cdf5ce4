package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.image.GuestFamily;

class InstallServerTest {

    @TempDir
    private Path directory;

    @Test
    void it_hands_out_script_kernel_and_answers_and_nothing_else() throws Exception {
        Path kernel = Files.writeString(directory.resolve("linux"), "the kernel");
        Path initrd = Files.writeString(directory.resolve("initrd"), "the initrd");
        byte[] binary = {(byte) 0xff, 0, '$', '{', (byte) 0x80};
        InstallRecipe recipe = InstallRecipe.builder(GuestFamily.LINUX, ByteSize.parse("1G"))
                .kernel(kernel, List.of(initrd), "url=${answers}/preseed.cfg")
                .answers(
                        AnswerPlace.HTTP,
                        List.of(
                                AnswerFile.of("preseed.cfg", "see ${answers}/sub/binary"),
                                new AnswerFile("sub/binary", binary)))
                .build();

        try (InstallServer server = InstallServer.start(recipe, () -> "#!ipxe\n")) {
            String answers = server.resolve("${answers}");

            assertThat(get(server.scriptUri()).body()).asString().isEqualTo("#!ipxe\n");
            assertThat(get(server.kernelUri()).body()).asString().isEqualTo("the kernel");
            assertThat(get(server.initrdUris(1).get(0)).body()).asString().isEqualTo("the initrd");
            assertThat(get(answers + "/preseed.cfg").body()).asString().isEqualTo("see " + answers + "/sub/binary");
            assertThat(get(answers + "/sub/binary").body()).isEqualTo(binary);
            assertThat(get(answers + "/other").statusCode()).isEqualTo(404);
            assertThat(get(server.initrdUris(2).get(1)).statusCode()).isEqualTo(404);
            assertThat(get(server.scriptUri().replaceFirst("/[0-9a-f]{16}/", "/0123456789abcdef/"))
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    /** On this host, where the machine's way out ends. */
    private static HttpResponse<byte[]> get(String uri) throws IOException, InterruptedException {
        URI local = URI.create(uri.replace("10.0.2.2", "127.0.0.1"));
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(local).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
