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

/**
 * A machine's own directory that becomes a failure as it is, by one rename, when its JVM ends before there is a verdict.
 *
 * <p>What makes a failure of it is written while there is time: a manifest, and a note of what is to be done with its files
 * by whoever comes later. The rename needs neither memory nor room, and any process can do it.
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
     * @param texts where each text is within the directory, by the name that it gets
     */
    record Undescribed(Map<String, String> texts) {
        Undescribed {
            texts = Objects.requireNonNullElse(texts, Map.of());
        }
    }

    /** Writes all that a failure needs beside the disk; writing it again replaces what was said before. */
    static void prepare(Manifest manifest, Evidence evidence) throws IOException {
        Path machine = directoryOf(evidence);
        Map<String, String> texts = new LinkedHashMap<>();
        for (Evidence.Item item : evidence.items()) {
            if (item instanceof Evidence.Item.Text text && text.source().startsWith(machine)) {
                texts.put(text.name(), machine.relativize(text.source()).toString());
            }
        }
        List<String> remarks = new ArrayList<>(manifest.remarks());
        remarks.add(REMARK);
        Files.write(machine.resolve(UNDESCRIBED), JSON.writeValueAsBytes(new Undescribed(texts)));
        if (Files.notExists(machine.resolve(Failure.INTERRUPTED))) {
            Files.createFile(machine.resolve(Failure.INTERRUPTED));
        }
        Keeper.note(machine, Keeper.PROC);
        Chain.link(machine, evidence);
        // Last, because it is what makes the directory fit to be kept.
        ManifestFile.write(machine, ManifestFile.redacted(manifest.with(List.of(), remarks), evidence.redaction()));
    }

    private static Path directoryOf(Evidence evidence) {
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
        Files.deleteIfExists(machine.resolve(Failure.MANIFEST));
    }

    /** Moves a prepared directory into the store. */
    static Failure keep(Path machine, Path store) throws IOException {
        String id = ManifestFile.read(machine).id();
        Files.createDirectories(store);
        Seal.protect(machine.resolve(Failure.DISK));
        Seal.protectDirectory(machine);
        for (int attempt = 0; ; attempt++) {
            Path kept = store.resolve(attempt == 0 ? id : id + "-" + attempt);
            try {
                Files.move(machine, kept, StandardCopyOption.ATOMIC_MOVE);
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
        if (manifest.image() != null) {
            (FailedDisks.areIn(manifest.failedTests())
                            ? FailedDisks.settle(directory, manifest)
                            : Chain.settle(directory, manifest.image()))
                    .ifPresent(remarks::add);
        }
        for (Map.Entry<String, String> text : read(directory).texts().entrySet()) {
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

    private static Undescribed read(Path directory) {
        try {
            return JSON.readValue(directory.resolve(UNDESCRIBED).toFile(), Undescribed.class);
        } catch (IOException e) {
            return new Undescribed(Map.of());
        }
    }
}
