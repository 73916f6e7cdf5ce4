package org.sanboot.windows.setup;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.sanboot.InfrastructureException;

/**
 * What a driver's INF file says about the devices it is for (Microsoft Learn, "INF Manufacturer section" and "INF Models
 * section").
 */
final class InfFile {

    /** No driver's INF comes near it; whatever does is no INF. */
    private static final long LARGEST = 8L << 20;

    private final Path file;
    private final Map<String, List<String>> sections = new HashMap<>();

    private InfFile(Path file, String text) {
        this.file = file;
        List<String> section = new ArrayList<>();
        for (String line : text.replaceAll("\\\\\\s*\\R", "").split("\\R")) {
            String content = line.replaceAll(";.*", "").strip();
            if (content.startsWith("[") && content.endsWith("]")) {
                String name = content.substring(1, content.length() - 1).strip().toLowerCase(Locale.ROOT);
                section = sections.computeIfAbsent(name, key -> new ArrayList<>());
            } else if (!content.isEmpty()) {
                section.add(content);
            }
        }
    }

    static InfFile read(Path file) {
        try {
            return new InfFile(file, Files.size(file) > LARGEST ? "" : decode(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new InfrastructureException("The driver file " + file + " cannot be read: " + e + ".", e);
        }
    }

    /** INF files are in UTF-16 with a mark, or else in some code page; what is looked for in them is ASCII. */
    private static String decode(byte[] bytes) {
        boolean utf16 = bytes.length >= 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xfe;
        Charset charset = utf16 ? StandardCharsets.UTF_16LE : StandardCharsets.ISO_8859_1;
        return new String(bytes, charset).replace("\uFEFF", "");
    }

    Path file() {
        return file;
    }

    String name() {
        return String.valueOf(file.getFileName());
    }

    /** Tells whether Windows would choose the driver for the card. */
    boolean serves(NetworkAdapter adapter, WindowsEdition edition) {
        return manufacturers()
                .anyMatch(manufacturer -> manufacturer.stream()
                        .filter(models -> models.decoration().fits(edition))
                        .max(Comparator.comparing(Models::decoration))
                        .filter(models -> names(models, adapter))
                        .isPresent());
    }

    /** Tells whether the driver is for the card in any Windows. */
    boolean serves(NetworkAdapter adapter) {
        return manufacturers().flatMap(List::stream).anyMatch(models -> names(models, adapter));
    }

    /**
     * Tells whether the driver is a client of NetAdapterCx, by the keywords that such a driver's INF must have and no other's
     * has (Microsoft Learn, "INF files for NetAdapterCx client drivers").
     */
    boolean isNetAdapterCx() {
        return sections.values().stream()
                .flatMap(List::stream)
                .map(line -> line.toLowerCase(Locale.ROOT))
                .anyMatch(line -> line.contains("*hardwareloopback") || line.contains("*ifconnectorpresent"));
    }

    /** Lists the versions of Windows that there are models for, for people. */
    String versions() {
        TreeSet<String> versions = new TreeSet<>();
        manufacturers()
                .flatMap(List::stream)
                .forEach(models -> versions.add(models.decoration().describe()));
        return versions.isEmpty() ? "no device" : String.join(", ", versions);
    }

    private boolean names(Models models, NetworkAdapter adapter) {
        return sections.getOrDefault(models.section().toLowerCase(Locale.ROOT), List.of()).stream()
                .flatMap(line -> Stream.of(line.substring(line.indexOf('=') + 1).split(",")))
                .map(String::strip)
                .anyMatch(id -> adapter.hardwareIds().stream().anyMatch(wanted -> isOfModel(id, wanted)));
    }

    /** An INF may name a subsystem or a revision as well: it is for such cards only, but QEMU's are the common ones. */
    private static boolean isOfModel(String id, String wanted) {
        return id.regionMatches(true, 0, wanted, 0, wanted.length())
                && (id.length() == wanted.length() || id.charAt(wanted.length()) == '&');
    }

    /** Each line is a manufacturer: its name, the stem of its models sections, and what that is decorated with. */
    private Stream<List<Models>> manufacturers() {
        return sections.getOrDefault("manufacturer", List.of()).stream().map(line -> {
            String[] words = line.substring(line.indexOf('=') + 1).split(",");
            String stem = words[0].strip().replace("\"", "");
            List<Models> models = new ArrayList<>();
            for (int i = 1; i < words.length; i++) {
                String decoration = words[i].strip();
                Decoration.of(decoration).ifPresent(found -> models.add(new Models(stem + "." + decoration, found)));
            }
            return models;
        });
    }

    private record Models(String section, Decoration decoration) {}

    /**
     * Which Windows a models section is for: {@code NTamd64.major.minor.producttype.suitemask.build}, all but the first
     * optional. Sections without {@code amd64} are for other processors.
     */
    private record Decoration(int major, int minor, int productType, int build) implements Comparable<Decoration> {

        private static final Comparator<Decoration> ORDER = Comparator.comparingInt(Decoration::major)
                .thenComparingInt(Decoration::minor)
                .thenComparingInt(Decoration::build);
        private static final int WORKSTATION = 1;

        static Optional<Decoration> of(String text) {
            String[] parts = text.toLowerCase(Locale.ROOT).split("\\.", -1);
            return parts[0].equals("ntamd64")
                    ? Optional.of(
                            new Decoration(number(parts, 1), number(parts, 2), number(parts, 3), number(parts, 5)))
                    : Optional.empty();
        }

        /** Numbers may be left out, and are hexadecimal when they say so. */
        private static int number(String[] parts, int at) {
            try {
                return at < parts.length && !parts[at].isEmpty() ? Integer.decode(parts[at]) : 0;
            } catch (NumberFormatException e) {
                return 0;
            }
        }

        boolean fits(WindowsEdition edition) {
            boolean forIts = productType == 0 || (productType == WORKSTATION) == !edition.server();
            return forIts && edition.isAtLeast(major, minor) && edition.build() >= build;
        }

        String describe() {
            String since = build > 0 ? major + "." + minor + " build " + build : major + "." + minor;
            return major == 0 ? "any Windows" : "Windows " + since + " and later";
        }

        @Override
        public int compareTo(Decoration other) {
            return ORDER.compare(this, other);
        }
    }
}
