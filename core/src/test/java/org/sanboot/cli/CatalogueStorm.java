package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.sanboot.block.DiskClone;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.cli.CatalogueChanger.Operation;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;
import org.sanboot.image.Progress;
import org.sanboot.process.Run;
import org.sanboot.testing.ChildJvm;

/** The program of {@link CatalogueStormIT}, for a home on a small file system of its own. */
final class CatalogueStorm {

    private static final int EACH_FULL = 10;

    private final Path home;
    private final Random random;
    private final ImageCatalogue catalogue;
    private final Map<Operation, Long> settled = new EnumMap<>(Operation.class);
    private final Map<String, Integer> table = new TreeMap<>();
    private final byte[] gold;
    private final byte[] windows;

    private CatalogueStorm(Path home, long seed) throws IOException {
        this.home = home;
        this.random = new Random(seed);
        this.catalogue = new ImageCatalogue(home);
        Path raw = CatalogueChanger.disk(home, 0);
        catalogue.add(CatalogueChanger.request(raw, "gold"), Progress.NONE);
        CatalogueWindowsImagesIT.importImage(home, "w7");
        try (Stream<Path> made = Files.list(home)) {
            for (Path file : made.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        this.gold = Files.readAllBytes(catalogue.find("gold").disk());
        this.windows = Files.readAllBytes(catalogue.find("w7").disk());
        Path kept = Files.createDirectories(home.resolve("failures/f1")).resolve("disk.qcow2");
        Files.writeString(
                kept.resolveSibling("manifest.json"),
                "{\"schema\": 1, \"id\": \"f1\", \"image\": {\"name\": \"gold\"}}");
        try (ImageHold hold = catalogue.use("gold");
                Layer base = hold.image().open()) {
            DiskClone.create(base, kept, Durability.PROCESS).close();
            hold.retain(kept);
        }
        CatalogueChanger changer = new CatalogueChanger(home);
        for (Operation operation : Operation.values()) {
            changer.change(operation, 0);
            settled.put(operation, 0L);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int kills = Integer.parseInt(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        CatalogueStorm storm = new CatalogueStorm(Path.of(arguments[0]), seed);
        System.out.println("seed " + seed);
        for (int killed = 0; killed < kills; killed += 2) {
            storm.round(killed / 2);
        }
        System.out.printf("%-8s %-10s %-6s %s%n", "what", "last said", "disk", "kills");
        storm.table.forEach((row, count) -> System.out.println(row + " " + count));
        System.out.println(kills + " kills; after each the catalogue was whole, and no golden image had changed");
    }

    private record Running(Operation operation, ChildJvm process, long first) {}

    /** Two processes at once, which do different things. */
    private void round(int number) throws Exception {
        Operation[] all = Operation.values();
        Operation one = all[number * 2 % all.length];
        Operation other = all[(number * 2 + 1 + number * 2 / all.length % (all.length - 1)) % all.length];
        if (one == other) {
            other = all[(one.ordinal() + 1) % all.length];
        }
        boolean full = number % EACH_FULL == EACH_FULL / 2;
        Path filler = home.resolve("filler");
        List<Running> both = new ArrayList<>();
        long first = (number + 1) * 1_000_000L;
        for (Operation operation : new Operation[] {one, other}) {
            both.add(new Running(
                    operation,
                    ChildJvm.start(
                            home, CatalogueChanger.class, home.toString(), operation.name(), String.valueOf(first)),
                    first));
        }
        for (Running each : both) {
            each.process().awaitLine(line -> line.startsWith("begin"), 60);
        }
        if (full) {
            fill(filler, random.nextInt(64) << 10);
        }
        for (Running each : both) {
            killSomewhere(each);
            if (each == both.get(0)) {
                assertThat(catalogue.damaged()).isEmpty();
                assertThat(catalogue.names()).contains("gold", "w7");
            }
        }
        Files.deleteIfExists(filler);
        for (Running each : both) {
            check(each, full);
        }
        check("round %d, %s and %s".formatted(number, one, other));
    }

    /** A process says when it begins with a step; it is killed somewhere in one of the next. */
    private void killSomewhere(Running running) throws Exception {
        AtomicInteger lines =
                new AtomicInteger(random.nextInt(running.operation().linesToKillIn()));
        if (lines.get() > 0) {
            running.process().awaitLine(line -> lines.decrementAndGet() == 0, 60);
        }
        Process process = running.process().process();
        assertThat(process.waitFor(random.nextInt(40), TimeUnit.MILLISECONDS))
                .as("%s", running.operation())
                .isFalse();
        running.process().kill();
    }

    private static void fill(Path filler, long free) throws IOException {
        byte[] some = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (Files.getFileStore(filler).getUsableSpace() > free) {
                out.write(some);
            }
        } catch (IOException e) {
            // The others have taken the rest.
        }
    }

    /** What it was about has the number that was done last, or the one that was begun. */
    private void check(Running killed, boolean full) {
        long done = settled.get(killed.operation());
        long begun = killed.first();
        String last = "begin";
        boolean refused = false;
        for (String line : killed.process().output().lines().toList()) {
            String[] words = line.split(" ");
            last = words[0];
            switch (words[0]) {
                case "begin" -> begun = Long.parseLong(words[1]);
                case "done" -> done = Long.parseLong(words[1]);
                case "refused" -> {
                    refused = true;
                    assertThat(full).as(line).isTrue();
                    assertThat(line).containsPattern("[Nn]o space left|disk is full");
                }
                case "CONVERT", "HASH" -> {}
                default ->
                    throw new AssertionError(
                            killed.operation() + " said: " + killed.process().output());
            }
        }
        table.merge(
                "%-8s %-10s %-6s"
                        .formatted(
                                killed.operation().name().toLowerCase(java.util.Locale.ROOT),
                                last,
                                refused ? "full" : full ? "filled" : ""),
                1,
                Integer::sum);
        String image = killed.operation().image();
        if (killed.operation().isAlwaysThere()) {
            long now = number(catalogue.find(image));
            assertThat(now).as("%s after %s", image, killed.process().output()).isIn(done, begun);
            settled.put(killed.operation(), now);
        }
    }

    private static long number(GoldenImage image) {
        try (Layer disk = image.open()) {
            ByteBuffer start = ByteBuffer.allocate(Long.BYTES);
            disk.read(0, start);
            return start.getLong(0);
        }
    }

    private void check(String context) throws IOException {
        SoftAssertions softly = new SoftAssertions();
        softly.assertThat(catalogue.damaged()).as(context).isEmpty();
        catalogue.list().forEach(image -> catalogue.verify(image.name(), Progress.NONE));
        softly.assertThat(Files.readAllBytes(catalogue.find("gold").disk()))
                .as(context)
                .isEqualTo(gold);
        softly.assertThat(Files.readAllBytes(catalogue.find("w7").disk()))
                .as(context)
                .isEqualTo(windows);
        softly.assertThat(catalogue.retained("gold")).as(context).hasSize(1);
        Layer.open(home.resolve("failures/f1/disk.qcow2"), DiskFormat.QCOW2).close();
        catalogue.prune();
        // Who is killed before its reaper is there leaves an empty run to the next one, which waits a minute with one
        // half made.
        await("the runs to be cleared away").atMost(Duration.ofSeconds(30)).until(() -> {
            Run.open(home.resolve("runs")).close();
            return entries("runs").stream().allMatch(run -> run.startsWith("."));
        });
        List<String> hidden = entries("images").stream()
                .filter(name -> name.startsWith(".") && !name.startsWith(".making-"))
                .toList();
        softly.assertThat(hidden).as(context).containsExactly(".lock");
        softly.assertThat(entries("images")).as(context).containsAll(List.of("gold", "w7", "app", "pruned"));
        softly.assertAll();
        for (Path left : leftOverlays()) {
            Files.delete(left);
        }
    }

    private List<String> entries(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(home.resolve(directory))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    /** What was written for a version that was never sealed is its maker's. */
    private List<Path> leftOverlays() throws IOException {
        try (Stream<Path> entries = Files.list(home)) {
            return entries.filter(Files::isRegularFile).toList();
        }
    }
}
