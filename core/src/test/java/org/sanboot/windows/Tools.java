package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.sanboot.process.Programs;

/** The independent programs that tests make disks with, and compare readings with. */
public final class Tools {

    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("mkntfs", "ntfs-3g"),
            Map.entry("ntfscp", "ntfs-3g"),
            Map.entry("ntfscat", "ntfs-3g"),
            Map.entry("ntfsinfo", "ntfs-3g"),
            Map.entry("ntfsfix", "ntfs-3g"),
            Map.entry("ntfs-3g.probe", "ntfs-3g"),
            Map.entry("mkfs.vfat", "dosfstools"),
            Map.entry("mmd", "mtools"),
            Map.entry("mcopy", "mtools"),
            Map.entry("wimlib-imagex", "wimtools"),
            Map.entry("hivexget", "libhivex-bin"),
            Map.entry("hivexsh", "libhivex-bin"),
            Map.entry("hivexregedit", "libwin-hivex-perl"),
            Map.entry("genisoimage", "genisoimage"),
            Map.entry("isoinfo", "genisoimage"),
            Map.entry("wine", "wine"),
            Map.entry("sfdisk", "fdisk"),
            Map.entry("python3", "python3"),
            Map.entry("qemu-system-x86_64", "qemu-system-x86"),
            Map.entry("qemu-img", "qemu-utils"));

    private Tools() {}

    /** Without the programs a test is skipped on a developer's machine, and fails in continuous integration. */
    public static void require(String... programs) {
        for (String program : programs) {
            boolean found = Programs.find(program).isPresent();
            String message = "%s is missing: apt-get install %s".formatted(program, PACKAGES.get(program));
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                assertThat(found).as(message).isTrue();
            }
            Assumptions.assumeTrue(found, message);
        }
    }

    /** Runs a program whose exit code is its answer. */
    public static int exitCode(Object... command) {
        try {
            Process process = new ProcessBuilder(words(command))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] run(Object... command) {
        return runWithInput("", command);
    }

    public static byte[] runWithInput(String input, Object... command) {
        String[] words = words(command);
        try {
            Process process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var stdin = process.getOutputStream()) {
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)).transferTo(stdin);
            }
            byte[] output = process.getInputStream().readAllBytes();
            assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String[] words(Object... command) {
        String[] words = new String[command.length];
        for (int i = 0; i < command.length; i++) {
            words[i] = command[i].toString();
        }
        words[0] = Programs.find(words[0]).orElseThrow().toString();
        return words;
    }
}
