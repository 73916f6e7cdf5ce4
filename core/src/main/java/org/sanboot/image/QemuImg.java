package org.sanboot.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/** The program {@code qemu-img}. */
final class QemuImg {

    private static final Pattern PERCENT = Pattern.compile("\\((\\d+(?:\\.\\d+)?)/100%\\)");

    private final String program;

    QemuImg(String program) {
        this.program = program;
    }

    /** Writes a disk of any format to a raw file, with holes where it is zero. */
    void convertToRaw(Path source, Path target, DoubleConsumer fraction) {
        Process process = start(program, "convert", "-p", "-O", "raw", source.toString(), target.toString());
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
            await(process, "Disk " + source + " cannot be converted", output);
        } catch (IOException e) {
            throw new InfrastructureException("What " + program + " says cannot be read: " + e + ".", e);
        } finally {
            process.destroy();
        }
    }

    /** Returns how many bytes a raw file takes on the host's disk. */
    long allocated(Path raw) {
        Process process = start(program, "info", "-f", "raw", "--output=json", raw.toString());
        try (Reader reader = process.inputReader()) {
            StringWriter output = new StringWriter();
            reader.transferTo(output);
            await(process, "Disk " + raw + " cannot be examined", output.getBuffer());
            return new ObjectMapper()
                    .readTree(output.toString())
                    .path("actual-size")
                    .asLong();
        } catch (IOException e) {
            throw new InfrastructureException("What " + program + " says of " + raw + " cannot be read: " + e + ".", e);
        } finally {
            process.destroy();
        }
    }

    private static Process start(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "The program " + command[0]
                            + " is needed and cannot be started; install it: apt-get install qemu-utils.",
                    e);
        }
    }

    private static void await(Process process, String failure, CharSequence output) {
        try {
            int status = process.waitFor();
            if (status != 0) {
                String reason = output.toString().strip().replaceAll("\\s*[\\r\\n]+\\s*", "; ");
                throw new ConfigurationException(
                        failure + ": " + (reason.isEmpty() ? "status " + status : reason) + ".");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException(failure + ": it was interrupted.", e);
        }
    }
}
