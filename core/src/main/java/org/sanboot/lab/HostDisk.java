package org.sanboot.lab;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.image.ImageHold;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.ExportStatistics;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.SessionObserver;

/**
 * A clone of a golden image, or of a kept failure, exported under a target name of its own to one initiator.
 *
 * <p>Thread-safe as far as its parts are; closed once, by the stay that owns it.
 */
final class HostDisk implements BootedHost.Disk, AutoCloseable {

    /** The naming authority of all names made here: a year and month in which the project had its domain. */
    private static final String AUTHORITY = "iqn.2026-11.org.sanboot:";

    private final Path directory;
    private final BooleanSupplier machineIsOn;
    private final ImageHold hold;
    private final Layer base;
    private final DiskClone clone;
    private final Export export;
    private final Iqn target;
    private final Iqn initiator;
    private final Deque<DiskClone.Snapshot> snapshots = new ArrayDeque<>();

    HostDisk(EmbeddedLab lab, HostPlan plan, Path directory, BooleanSupplier machineIsOn, SessionObserver observer) {
        this.directory = directory;
        this.machineIsOn = machineIsOn;
        this.hold = lab.catalogue().use(plan.image().name());
        this.target = new Iqn(AUTHORITY + lab.name() + "." + plan.number());
        this.initiator = new Iqn(AUTHORITY + "host." + plan.number());
        Layer opened = null;
        DiskClone made = null;
        try {
            opened = open(plan);
            made = DiskClone.create(opened, directory.resolve("disk.qcow2"), Durability.PROCESS);
            this.base = opened;
            this.clone = made;
            this.export = lab.target()
                    .export(ExportConfiguration.named(target)
                            .lun(0, made)
                            .allowedInitiator(initiator)
                            .observer(observer)
                            .build());
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

    private static Layer open(HostPlan plan) {
        return plan.failure() == null
                ? plan.image().open()
                : Layer.open(plan.failure().disk(), DiskFormat.QCOW2);
    }

    Iqn target() {
        return target;
    }

    Iqn initiator() {
        return initiator;
    }

    @Override
    public void snapshot() {
        requireOff("taken");
        snapshots.push(clone.snapshot(directory.resolve("snapshot-" + snapshots.size() + ".qcow2")));
    }

    @Override
    public void revert() {
        requireOff("gone back to");
        DiskClone.@Nullable Snapshot last = snapshots.peek();
        if (last == null) {
            clone.revert();
        } else {
            clone.revertTo(last);
        }
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

    /** Tells whether the disk stands on the golden image alone, so that its file is all there is to keep. */
    boolean standsOnImage() {
        return snapshots.isEmpty();
    }

    /** Returns the working overlay, complete once the disk is closed. */
    Path file() {
        return clone.path();
    }

    /** Ends the export and closes the overlay, whose file stays. */
    @Override
    public void close() {
        export.close();
        clone.close();
        base.close();
        hold.close();
    }
}
