package org.sanboot.lab.provision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BackingName;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.Layer;
import org.sanboot.block.SourceDisk;
import org.sanboot.block.SourceFormat;
import org.sanboot.evidence.Failure;
import org.sanboot.image.ImageHold;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.ExportStatistics;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.Trace;
import org.sanboot.lab.BootedHost;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

/**
 * A clone of a golden image, or of a kept failure, exported under a target name of its own to one initiator.
 *
 * <p>Thread-safe as far as its parts are; closed once, by the stay that owns it.
 */
public final class HostDisk implements BootedHost.Disk, AutoCloseable {

    /** The naming authority of all names made here: a year and month in which the project had its domain. */
    private static final String AUTHORITY = "iqn.2026-11.org.sanboot:";

    private final MachinePlan plan;
    private final Run run;
    private final Path directory;
    private final BooleanSupplier machineIsOn;
    private final Layer base;
    private final DiskClone clone;
    private final Export export;
    private final Iqn target;
    private final Iqn initiator;
    private volatile @Nullable Trace trace;
    private final Deque<DiskClone.Snapshot> snapshots = new ArrayDeque<>();
    private final List<Path> setAside = new ArrayList<>();
    private @Nullable Path saved;

    public HostDisk(
            Run run,
            ImageHold hold,
            MachinePlan plan,
            Provisioner provisioner,
            Path directory,
            BooleanSupplier machineIsOn,
            Supplier<OptionalLong> processId,
            SessionObserver observer) {
        this.plan = plan;
        this.run = run;
        this.directory = directory;
        this.machineIsOn = machineIsOn;
        WarmStart warm = provisioner.warm();
        int number = warm == null ? plan.number() : warm.number();
        this.target = new Iqn(AUTHORITY + run.name() + "." + number);
        this.initiator = new Iqn(AUTHORITY + "host." + number);
        Layer opened = null;
        DiskClone made = null;
        try {
            opened = open(plan);
            made = DiskClone.create(opened, directory.resolve("disk.qcow2"), Durability.PROCESS);
            this.base = opened;
            this.clone = made;
            if (warm != null && warm.sessions() != null) {
                clone.revertTo(clone.adopt(warm.disk()));
                saved = warm.disk();
            }
            ExportConfiguration.Builder configuration = ExportConfiguration.named(target)
                    .lun(0, made)
                    .allowedInitiator(initiator)
                    .chap(provisioner.chap())
                    .observer(observer);
            provisioner.peers(processId).ifPresent(configuration::peers);
            this.export = provisioner.target().export(configuration.build());
        } catch (RuntimeException e) {
            if (made != null) {
                made.discard();
            }
            if (opened != null) {
                opened.close();
            }
            hold.close();
            throw e;
        }
    }

    private static Layer open(MachinePlan plan) {
        Failure failure = plan.failure();
        if (failure == null) {
            return plan.image().open();
        }
        // It may have come from elsewhere, and so must stand on what this home has.
        Path home = failure.directory().resolve("../..").normalize();
        return SourceDisk.examineReadable(failure.disk(), SourceFormat.QCOW2, FurtherFiles.ofHome(home))
                .open();
    }

    public Iqn target() {
        return target;
    }

    public Iqn initiator() {
        return initiator;
    }

    @Override
    public void snapshot() {
        requireOff("taken");
        export.writeBack();
        snapshots.push(clone.snapshot(directory.resolve("snapshot-" + snapshots.size() + ".qcow2")));
    }

    @Override
    public void revert() {
        requireOff("gone back to");
        export.writeBack();
        DiskClone.@Nullable Snapshot last = snapshots.peek();
        if (last == null) {
            startOver();
        } else {
            clone.revertTo(last);
        }
    }

    /** Goes back to the golden image, while the machine is off. */
    public void startOver() {
        export.writeBack();
        clone.startOver();
        saved = null;
    }

    /** Seals what is on the disk, while the machine stands still, for others to go on from. */
    public void save(Path layer) {
        export.writeBack();
        var unused = clone.snapshot(layer);
        saved = layer;
    }

    /**
     * Seals what is on the disk now, in a moment, and lets the machine run on. What a later snapshot is gone back to is the same
     * as before.
     *
     * @return the sealed layer, a qcow2 file
     */
    public synchronized Path setAside() {
        export.writeBack();
        Path layer = directory.resolve("failed-" + setAside.size() + ".qcow2");
        var unused = clone.snapshot(layer);
        setAside.add(layer);
        return layer;
    }

    private void requireOff(String done) {
        if (machineIsOn.getAsBoolean()) {
            throw new ConfigurationException("A snapshot of the disk can only be " + done
                    + " while the machine is off; call power().cut() or power().shutdown() first.");
        }
    }

    @Override
    public Statistics statistics() {
        ExportStatistics counted = export.statistics();
        return new Statistics(
                counted.reads(),
                counted.bytesRead(),
                counted.writes(),
                counted.bytesWritten(),
                counted.flushes(),
                counted.sessionsTotal());
    }

    /** Returns how many sessions there are now, firmware's and operating system's. */
    public long openSessions() {
        return export.statistics().sessionsNow();
    }

    @Override
    public Faults faults() {
        return export.faults();
    }

    @Override
    public Trace trace() {
        Trace started = export.trace();
        trace = started;
        return started;
    }

    /** Is called when the machine's power was cut: what the disk had not made safe may be lost. */
    public void powerCut() {
        export.cutPower();
    }

    /** Is called before the machine gets its power again, after it was switched off in whatever way. */
    public void powerOn() {
        export.writeBack();
    }

    /** Returns what was traced, if anything was. */
    public List<Trace.Entry> traced() {
        Trace last = trace;
        return last == null ? List.of() : last.entries();
    }

    /**
     * Returns the file of the overlay that the machine writes to.
     *
     * @return a qcow2 file, which is complete once the disk is closed
     */
    public Path path() {
        return clone.path();
    }

    /** Returns what lies between the overlay and the golden image, the lowest first. */
    public synchronized List<Path> layers() {
        List<Path> layers = new ArrayList<>();
        if (plan.failure() != null) {
            layers.add(plan.failure().disk());
        }
        if (saved != null) {
            layers.add(saved);
        }
        snapshots.descendingIterator().forEachRemaining(snapshot -> layers.add(snapshot.path()));
        layers.addAll(setAside);
        return layers;
    }

    /** Lets the closed disk and its snapshots name each other without the directory that they are in. */
    public void makeMovable() {
        BackingName.makeRelative(path(), directory);
        layers().stream()
                .filter(layer -> layer.startsWith(directory))
                .forEach(layer -> BackingName.makeRelative(layer, directory));
    }

    /**
     * Returns the disk as one overlay on the golden image, which is all that has to be kept of it; the disk is closed.
     *
     * <p>That is the working overlay as it is, but for a disk that went through snapshots, or that began as the clone of a
     * kept failure or of a saved machine's disk: what lies between it and the image is copied into it, so that it depends on nothing that will go.
     */
    public Path standalone() {
        if (!layers().isEmpty()) {
            rebase(clone.path(), plan.image().disk());
        }
        return clone.path();
    }

    private void rebase(Path overlay, Path image) {
        Path program = Programs.require("qemu-img", "qemu-utils", "keep disks with snapshots");
        Path log = directory.resolve("qemu-img.log");
        List<String> command = List.of(
                program.toString(),
                "rebase",
                "-f",
                "qcow2",
                "-b",
                image.toString(),
                "-F",
                plan.image().format().qemuName(),
                overlay.toString());
        try {
            Process process = run.start(
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()));
            if (process.waitFor() != 0) {
                throw new InfrastructureException("The disk %s cannot be put onto its image alone: %s"
                        .formatted(overlay, Files.readString(log).strip()));
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The disk %s cannot be put onto its image alone: %s".formatted(overlay, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Keeping the disk %s was interrupted.".formatted(overlay), e);
        }
    }

    /** Ends the export and closes the overlay, whose file stays; the image is still held. */
    @Override
    public void close() {
        export.close();
        clone.close();
        base.close();
    }
}
