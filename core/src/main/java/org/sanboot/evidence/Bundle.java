package org.sanboot.evidence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sanboot.InfrastructureException;

/**
 * A failure's directory while it is filled: the disk first, then the manifest, then everything else in the order of its
 * worth, and what finds no room is left out with a remark.
 */
final class Bundle {

    /** Less than this much space, and the manifest is worth more than the last file. */
    private static final long ROOM_FOR_MANIFEST = 1 << 20;

    private final Path directory;
    private Evidence evidence;
    private final Deque<Manifest.KeptFile> taken = new ArrayDeque<>();
    private final List<String> remarks;

    Bundle(Path directory, Evidence evidence) {
        this.directory = directory;
        this.evidence = evidence;
        this.remarks = new ArrayList<>(evidence.remarks());
    }

    /** Moves the disk in. It is the one thing that must not be lost, and a rename takes no space. */
    void takeDisk() {
        Path disk = directory.resolve(Failure.DISK);
        try {
            Files.move(evidence.disk(), disk, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new InfrastructureException(
                    "The disk %s cannot be kept in %s: they are on different file systems; it was left where it is."
                            .formatted(evidence.disk(), directory.getParent()),
                    e);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The disk %s cannot be kept in %s: %s".formatted(evidence.disk(), directory.getParent(), e), e);
        }
        try {
            Seal.protect(disk);
        } catch (IOException | UnsupportedOperationException e) {
            remarks.add("The disk could not be made read-only: " + e);
        }
    }

    /** Makes the disk one that stands on its image alone. */
    void flatten() {
        try {
            if (FailedDisks.areIn(evidence.failedTests())) {
                FailedDisks.link(directory, evidence);
                FailedDisks.settle(
                                directory,
                                evidence.failedTests(),
                                evidence.image().path(),
                                evidence.imageFormat())
                        .ifPresent(remarks::add);
            } else {
                Chain.link(directory, evidence).flatten().ifPresent(remarks::add);
            }
        } catch (IOException | RuntimeException e) {
            remarks.add("The disk stands on layers that go with its machine: " + e);
        }
        Chain.nameRelative(directory);
    }

    /** Has gathered what waited for the disk to be safe, and returns the manifest with it. */
    Manifest gather(Manifest basis) {
        int known = evidence.remarks().size();
        evidence = evidence.gathered(directory.resolve(Failure.DISK));
        remarks.addAll(evidence.remarks().subList(known, evidence.remarks().size()));
        return Manifests.with(basis, evidence);
    }

    /** Takes in what there is beside the disk. */
    void takeFiles() {
        for (Evidence.Item item : evidence.items()) {
            Path file = directory.resolve(item.name());
            try {
                Files.createDirectories(file.getParent());
                take(item, file);
                taken.add(new Manifest.KeptFile(item.name(), Files.size(file)));
            } catch (NoSuchFileException e) {
                remarks.add("There was no %s.".formatted(item.name()));
            } catch (IOException | RuntimeException | Error e) {
                leaveOut(item.name(), file, e.toString());
            }
        }
    }

    private void take(Evidence.Item item, Path file) throws IOException {
        if (item instanceof Evidence.Item.Text text) {
            long omitted = BoundedText.copy(text.source(), file, evidence.redaction(), BoundedText.LONGEST);
            if (omitted > 0) {
                remarks.add("Of %s, %s in the middle are left out.".formatted(item.name(), Units.bytes(omitted)));
            }
        } else if (item instanceof Evidence.Item.Content content) {
            String whole = Thrown.cut(content.content(), BoundedText.LONGEST);
            byte[] bytes = evidence.redaction().apply(whole).getBytes(StandardCharsets.UTF_8);
            Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
        } else if (item instanceof Evidence.Item.Binary binary) {
            Files.move(binary.source(), file);
        }
    }

    private void leaveOut(String name, Path file, String reason) {
        remarks.add("%s was left out: %s".formatted(name, reason));
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            remarks.add("What there is of %s is incomplete.".formatted(name));
        }
    }

    /** Writes the manifest; as long as the host's disk is full, the least useful file makes room for it. */
    Manifest writeManifest(Manifest basis) {
        while (true) {
            Manifest manifest =
                    ManifestFile.redacted(basis.with(List.copyOf(taken), List.copyOf(remarks)), evidence.redaction());
            try {
                ManifestFile.write(directory, manifest);
                return manifest;
            } catch (IOException e) {
                if (taken.isEmpty() || !isFull()) {
                    // Without a manifest the disk is worth as much.
                    remarks.add("The manifest could not be written: " + e);
                    return manifest;
                }
                String last = taken.removeLast().name();
                leaveOut(last, directory.resolve(last), "the host's disk is full, and the manifest needed its room");
            }
        }
    }

    /** Writes the page, and tells whether that worked; otherwise there is a new remark for the manifest. */
    boolean writeReport(Failure failure, Manifest manifest) {
        try {
            Report.write(failure, directory, manifest);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            remarks.add("The report could not be written: " + e);
            return false;
        }
    }

    /** Adds to the manifest how long all this took, unless there is no room for it. */
    void noteSealing(Manifest basis, Duration took) {
        Map<String, Duration> all = new LinkedHashMap<>(basis.took());
        all.put("sealing", took);
        Manifest noted = basis.with(List.copyOf(taken), List.copyOf(remarks)).withTook(all);
        try {
            ManifestFile.write(directory, ManifestFile.redacted(noted, evidence.redaction()));
        } catch (IOException e) {
            // The manifest that is there says everything else.
        }
    }

    private boolean isFull() {
        try {
            return Files.getFileStore(directory).getUsableSpace() < ROOM_FOR_MANIFEST;
        } catch (IOException e) {
            return false;
        }
    }
}
