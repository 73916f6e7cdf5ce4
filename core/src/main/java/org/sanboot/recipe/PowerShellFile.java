package org.sanboot.recipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.sanboot.ConfigurationException;

/** A script of this host on its way into Windows, where PowerShell 5 reads UTF-8 only when a mark says that it is. */
final class PowerShellFile {

    private static final byte[] UTF_8_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private PowerShellFile() {}

    /** Lends out a file of the same name that has a mark, for the time of the work. */
    static String marked(Path script, Function<Path, String> work) {
        try {
            byte[] content = Files.readAllBytes(script);
            if (hasMark(content)) {
                return work.apply(script);
            }
            requireUtf8(script, content);
            Path directory = Files.createTempDirectory("sanboot-script");
            Path copy = directory.resolve(script.getFileName());
            try {
                Files.write(
                        copy,
                        ByteBuffer.allocate(UTF_8_MARK.length + content.length)
                                .put(UTF_8_MARK)
                                .put(content)
                                .array());
                return work.apply(copy);
            } finally {
                Files.deleteIfExists(copy);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new ConfigurationException("%s cannot be read or copied: %s".formatted(script, e), e);
        }
    }

    /** The marks of UTF-8 and of UTF-16 in either order. */
    private static boolean hasMark(byte[] content) {
        return content.length >= 2
                && ((content[0] == UTF_8_MARK[0] && content[1] == UTF_8_MARK[1])
                        || (content[0] == (byte) 0xff && content[1] == (byte) 0xfe)
                        || (content[0] == (byte) 0xfe && content[1] == (byte) 0xff));
    }

    private static void requireUtf8(Path script, byte[] content) {
        try {
            var unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(
                    "%s is not in UTF-8; save it in that encoding, or in UTF-16 with a byte-order mark."
                            .formatted(script),
                    e);
        }
    }
}
