package org.sanboot.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.SourceDisk;
import org.sanboot.block.StoredRun;
import org.sanboot.process.Run;

/** The program {@code qemu-img}, which is told every file's format and guesses none. */
final class QemuImg {

    private static final Pattern PERCENT = Pattern.compile("\\((\\d+(?:\\.\\d+)?)/100%\\)");

    /** With less than this, in bytes, nothing that writes can be expected to work. */
    private static final long NO_ROOM = 16 << 10;

    private final String program;

    QemuImg(String program) {
        this.program = program;
    }

    /** Checks that the program is there, before any work is done. */
    void require() {
        Process process = start(new ProcessBuilder(program, "--version"), ProcessBuilder::start);
        try {
            process.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw unreadable("its version", e);
        } finally {
            process.destroy();
        }
    }

    /** Writes a disk of any format to a raw file, with holes where it is zero. It ends with the run, however that ends. */
    void convertToRaw(Run run, SourceDisk source, Path target, DoubleConsumer fraction) {
        List<String> command = new ArrayList<>(List.of(program, "convert", "-p", "-O", "raw"));
        if (source.fixedVhdSize() > 0) {
            // QEMU would compute the size from cylinders, heads and sectors, depending on who made the file.
            command.add("--image-opts");
            command.add("driver=raw,offset=0,size=%d,file.driver=file,file.filename=%s"
                    .formatted(source.fixedVhdSize(), source.path().toString().replace(",", ",,")));
        } else {
            command.addAll(
                    List.of("-f", source.format().qemuName(), source.path().toString()));
        }
        command.add(target.toString());
        Process process = start(new ProcessBuilder(command), run::start);
        StringBuilder output = new StringBuilder();
        try (Reader reader = process.inputReader()) {
            int next;
            while ((next = reader.read()) >= 0) {
                output.append((char) next);
                Matcher matcher = PERCENT.matcher(output);
                if (next == ')' && matcher.find()) {
                    fraction.accept(Double.parseDouble(matcher.group(1)) / 100);
                    output.setLength(0);
                }
            }
            String said = output.toString()
                    .replace(target.toString(), "the new image")
                    .replace(source.path().toString(), source.named().toString());
            await(process, "Disk " + source.named() + " cannot be converted", said, target);
        } catch (IOException e) {
            throw unreadable(source.named().toString(), e);
        } finally {
            process.destroy();
        }
    }

    /** Returns how many bytes a file takes on the host's disk. */
    long allocated(Path file) {
        StringWriter output = new StringWriter();
        Process process = start(
                new ProcessBuilder(program, "info", "-f", "raw", "--output=json", absolute(file)),
                ProcessBuilder::start);
        try (Reader reader = process.inputReader()) {
            reader.transferTo(output);
            await(process, "Disk " + file + " cannot be examined", output.toString(), file);
            return new ObjectMapper()
                    .readTree(output.toString())
                    .path("actual-size")
                    .asLong();
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        } finally {
            process.destroy();
        }
    }

    /** Returns where a raw file has data and not holes, which Java cannot ask for. */
    List<StoredRun> stored(Path raw) {
        Process process = start(
                new ProcessBuilder(program, "map", "-f", "raw", "--output=json", absolute(raw)), ProcessBuilder::start);
        List<StoredRun> runs = new ArrayList<>();
        try (JsonParser parser = new JsonFactory(new ObjectMapper()).createParser(process.getInputStream())) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    JsonNode extent = parser.readValueAsTree();
                    if (extent.path("data").asBoolean(true)) {
                        runs.add(new StoredRun(
                                extent.path("start").asLong(),
                                extent.path("length").asLong()));
                    }
                }
            }
            await(process, "Disk " + raw + " cannot be examined", "", raw);
            return runs;
        } catch (IOException e) {
            throw unreadable(raw.toString(), e);
        } finally {
            process.destroy();
        }
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().toString();
    }

    private InfrastructureException unreadable(String what, IOException cause) {
        return new InfrastructureException(
                "What %s says of %s cannot be read: %s.".formatted(program, what, cause), cause);
    }

    @FunctionalInterface
    private interface Starter {
        Process start(ProcessBuilder builder) throws IOException;
    }

    private static Process start(ProcessBuilder builder, Starter starter) {
        try {
            Process process = starter.start(builder.redirectErrorStream(true));
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "The program " + builder.command().get(0)
                            + " is needed and cannot be started; install it: apt-get install qemu-utils.",
                    e);
        }
    }

    /** The shell that records a process before it becomes the program says less than the program would. */
    private static boolean hasNoRoom(Path target) {
        try {
            return Files.getFileStore(Objects.requireNonNull(target.getParent()))
                            .getUsableSpace()
                    < NO_ROOM;
        } catch (IOException e) {
            return false;
        }
    }

    private static void await(Process process, String failure, String output, Path target) {
        try {
            int status = process.waitFor();
            if (status == 0) {
                return;
            }
            String reason = output.strip().replaceAll("\\s*[\\r\\n]+\\s*", "; ");
            if (reason.contains("No space left on device")
                    || reason.contains("Disk quota exceeded")
                    || hasNoRoom(target)) {
                throw new InfrastructureException(
                        "%s: there is no space left on the file system of %s; make room, or put Sanboot's home elsewhere: SANBOOT_HOME."
                                .formatted(failure, target.getParent()));
            }
            throw new ConfigurationException(failure + ": " + (reason.isEmpty() ? "status " + status : reason) + ".");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(failure + ": it was interrupted.", e);
        }
    }
}
