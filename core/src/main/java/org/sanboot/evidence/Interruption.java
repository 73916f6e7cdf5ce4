package org.sanboot.evidence;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.sanboot.process.Rescue;

/**
 * A machine's own directory that becomes a failure as it is, by one rename, when its JVM ends before there is a verdict.
 *
 * <p>What makes a failure of it is written while there is time: a manifest, a note of what is to be done with its files by
 * whoever comes later, and where the {@linkplain Rescue run's end} moves it. The rename needs neither memory nor room, and
 * any process can do it.
 */
final class Interruption {

    /** Says what is still to be done with a failure that was kept by a rename. */
    static final String UNDESCRIBED = ".undescribed";

    private static final String REMARK =
            "The run was ended while this machine was in use. Its disk is as it was then, and what was"
                    + " recorded of it may end in the middle of a sentence.";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Interruption() {}

    /**
     * What is to be done later.
     *
     * @param disk where the disk was before
     * @param texts where each text is within the directory, by the name that it gets
     * @param layers the names here of those layers below the disk that were elsewhere, by where they were
     */
    record Undescribed(String disk, Map<String, String> texts, Map<String, String> layers) {
        Undescribed {
            disk = Objects.requireNonNullElse(disk, "");
            texts = Objects.requireNonNullElse(texts, Map.of());
            layers = Objects.requireNonNullElse(layers, Map.of());
        }
    }

    /** Writes all that a failure needs beside the disk; writing it again replaces what was said before. */
    static void prepare(Manifest manifest, Evidence evidence, Path place) throws IOException {
        Path machine = directoryOf(evidence);
        Map<String, String> texts = new LinkedHashMap<>();
        for (Evidence.Item item : evidence.items()) {
            if (item instanceof Evidence.Item.Text text && text.source().startsWith(machine)) {
                texts.put(text.name(), machine.relativize(text.source()).toString());
            }
        }
        List<String> remarks = new ArrayList<>(manifest.remarks());
        remarks.add(REMARK);
        Map<String, String> layers = Chain.linkForeign(machine, evidence.layers());
        Undescribed undescribed = new Undescribed(evidence.disk().toString(), texts, layers);
        Files.write(machine.resolve(UNDESCRIBED), JSON.writeValueAsBytes(undescribed));
        if (Files.notExists(machine.resolve(Failure.INTERRUPTED))) {
            Files.createFile(machine.resolve(Failure.INTERRUPTED));
        }
        Keeper.note(machine, Keeper.PROC);
        Seal.protectDirectory(machine);
        ManifestFile.write(machine, ManifestFile.redacted(manifest.with(List.of(), remarks), evidence.redaction()));
        // Last, because it is what makes the directory one that is kept.
        Rescue.prepare(machine, Failure.DISK, place);
    }

    static Path directoryOf(Evidence evidence) {
        Path machine = evidence.disk().getParent();
        if (machine == null || !evidence.disk().endsWith(Failure.DISK)) {
            throw new IllegalArgumentException("The disk (%s) must be %s in a directory of its machine's own."
                    .formatted(evidence.disk(), Failure.DISK));
        }
        return machine;
    }

    static boolean isPrepared(Path machine) {
        return Files.exists(machine.resolve(Failure.DISK)) && Files.exists(machine.resolve(Failure.MANIFEST));
    }

    /** Makes a prepared directory one that is not kept. */
    static void withdraw(Path machine) throws IOException {
        Rescue.withdraw(machine);
        Files.deleteIfExists(machine.resolve(Failure.MANIFEST));
    }

    /** Moves a prepared directory into the store. */
    static Failure keep(Path machine, Path store) throws IOException {
        String id = ManifestFile.read(machine).id();
        Files.createDirectories(store);
        Seal.protect(machine.resolve(Failure.DISK));
        for (int attempt = 0; ; attempt++) {
            Path kept = store.resolve(attempt == 0 ? id : id + "-" + attempt);
            try {
                Files.move(machine, kept, StandardCopyOption.ATOMIC_MOVE);
                Rescue.withdraw(kept);
                return Failure.in(kept);
            } catch (IOException e) {
                if (Files.notExists(kept) || attempt == 9) {
                    throw e;
                }
            }
        }
    }

    static boolean isUndescribed(Path directory) {
        return Files.exists(directory.resolve(UNDESCRIBED));
    }

    /** Gives the texts their names; done again, it does nothing. Returns what went wrong, as sentences. */
    static List<String> describe(Path directory, Manifest manifest) throws IOException {
        List<String> remarks = new ArrayList<>();
        Undescribed undescribed = read(directory);
        if (manifest.image() != null) {
            (FailedDisks.areIn(manifest.failedTests())
                            ? FailedDisks.settle(directory, manifest, undescribed.layers())
                            : Chain.settle(directory, manifest.image(), undescribed.layers()))
                    .ifPresent(remarks::add);
        }
        for (Map.Entry<String, String> text : undescribed.texts().entrySet()) {
            Path source = directory.resolve(text.getValue()).normalize();
            Path target = directory.resolve(text.getKey()).normalize();
            try {
                if (source.startsWith(directory) && target.startsWith(directory) && Files.notExists(target)) {
                    Files.createDirectories(target.resolveSibling("."));
                    Files.move(source, target);
                }
            } catch (NoSuchFileException e) {
                remarks.add("There was no %s.".formatted(text.getKey()));
            } catch (IOException e) {
                remarks.add("%s stayed %s: %s".formatted(text.getKey(), text.getValue(), e));
            }
        }
        return remarks;
    }

    static void described(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(UNDESCRIBED));
    }

    /** Returns where the disk was while its machine ran. */
    static Path formerDisk(Path directory) {
        return Path.of(read(directory).disk());
    }

    private static Undescribed read(Path directory) {
        try {
            return JSON.readValue(directory.resolve(UNDESCRIBED).toFile(), Undescribed.class);
        } catch (IOException e) {
            return new Undescribed("", Map.of(), Map.of());
        }
    }
}
