package org.sanboot.evidence.inspection;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.InfrastructureException;

/**
 * A kept disk and what it stands on.
 *
 * @param layers the disk itself first, the golden image's own file last
 */
public record DiskChain(List<Layer> layers) {

    /**
     * One file of the chain.
     *
     * @param file where it is
     * @param format as {@code qemu-img} calls it: {@code qcow2} or {@code raw}
     * @param bytes the size of the disk that it makes up
     */
    public record Layer(Path file, String format, long bytes) {}

    /** Copies the list. */
    public DiskChain {
        layers = List.copyOf(layers);
    }

    /**
     * Asks {@code qemu-img}.
     *
     * @param disk a qcow2 file
     * @return the chain
     * @throws InfrastructureException when a part of it is missing
     */
    public static DiskChain of(Path disk) {
        if (Files.notExists(disk)) {
            throw new InfrastructureException("The disk %s is missing.".formatted(disk));
        }
        JsonNode chain = Tools.PATIENT.json(
                "qemu-img", "info", "-U", "-f", "qcow2", "--backing-chain", "--output=json", disk.toString());
        List<Layer> layers = new ArrayList<>();
        for (JsonNode layer : chain) {
            layers.add(new Layer(
                    // A relative name comes as it stands in the file, behind the directory of the disk above.
                    Path.of(layer.path("filename").asText()).normalize(),
                    layer.path("format").asText(),
                    layer.path("virtual-size").asLong()));
        }
        return new DiskChain(layers);
    }

    /**
     * Returns the disk itself.
     *
     * @return the first layer
     */
    public Layer disk() {
        return layers.get(0);
    }

    /**
     * Returns what the disk is compared with: the layer that is the golden image's file.
     *
     * @param image the golden image's file as it was recorded
     * @return that layer, or the last one when the image has moved
     */
    public Layer golden(Path image) {
        return layers.stream()
                .skip(1)
                .filter(layer -> layer.file().equals(image))
                .findFirst()
                .orElse(layers.get(layers.size() - 1));
    }

    /**
     * Returns the runs of bytes that are not the golden image's, whatever is in them.
     *
     * @param golden the layer from which on nothing counts as changed
     * @return in the order of the disk
     */
    public List<ChangedRun> changedRuns(Layer golden) {
        int depth = layers.indexOf(golden);
        JsonNode map = Tools.PATIENT.json(
                "qemu-img",
                "map",
                "-U",
                "-f",
                "qcow2",
                "--output=json",
                disk().file().toString());
        List<ChangedRun> runs = new ArrayList<>();
        for (JsonNode run : map) {
            if (run.path("present").asBoolean(true) && run.path("depth").asInt() < depth) {
                append(runs, run.path("start").asLong(), run.path("length").asLong());
            }
        }
        return runs;
    }

    private static void append(List<ChangedRun> runs, long offset, long bytes) {
        int last = runs.size() - 1;
        if (last >= 0 && runs.get(last).offset() + runs.get(last).bytes() == offset) {
            runs.set(
                    last, new ChangedRun(runs.get(last).offset(), runs.get(last).bytes() + bytes));
        } else {
            runs.add(new ChangedRun(offset, bytes));
        }
    }

    /**
     * A run of bytes that a guest wrote or discarded.
     *
     * @param offset in bytes from the beginning of the disk
     * @param bytes how many
     */
    public record ChangedRun(long offset, long bytes) {}
}
