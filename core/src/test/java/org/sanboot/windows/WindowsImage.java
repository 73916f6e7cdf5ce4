package org.sanboot.windows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sanboot.windows.ntfs.RestartPages;
import org.sanboot.windows.registry.HiveBuilder;

/** Makes disks as Windows leaves them: NTFS by ntfs-3g, its tree by wimlib, the partition table by sfdisk. */
public final class WindowsImage {

    public static final String SYSTEM = "Windows/System32/config/SYSTEM";
    /** Stands for a program whose contents do not matter. */
    private static final byte[] FILE = "MZ".getBytes(StandardCharsets.US_ASCII);

    public static final String SOFTWARE = "Windows/System32/config/SOFTWARE";

    /** How a disk is cut up. */
    public enum Table {
        NONE,
        MBR,
        MBR_LOGICAL,
        GPT,
        GPT_4096
    }

    private final Path directory;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private int sectorSize = 512;
    private int clusterSize = 4096;
    private int mebibytes = 24;
    private int pieces = 1;
    private Optional<RestartPages> log = Optional.empty();

    private WindowsImage(Path directory) {
        this.directory = directory;
    }

    public static WindowsImage in(Path directory) {
        Tools.require("mkntfs", "ntfscp", "ntfscat", "wimlib-imagex", "sfdisk");
        return new WindowsImage(directory);
    }

    public static byte[] hive(String... resources) {
        HiveBuilder hive = new HiveBuilder();
        for (String resource : resources) {
            hive.add(resource.endsWith(".reg") ? text(resource) : resource);
        }
        return hive.build();
    }

    public static String text(String resource) {
        try (var stream = WindowsImage.class.getResourceAsStream(resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public WindowsImage file(String path, byte[] contents) {
        files.put(path, contents);
        return this;
    }

    public WindowsImage without(String path) {
        files.remove(path);
        return this;
    }

    public WindowsImage windows7() {
        return file(SYSTEM, hive("windows7.reg"))
                .file(SOFTWARE, hive("software7.reg"))
                .started("E1G60I32", "wfplwf");
    }

    public WindowsImage windows10() {
        return file(SYSTEM, hive("windows10.reg"))
                .file(SOFTWARE, hive("software10.reg"))
                .file("Program Files/Acme/acmecap.sys", FILE)
                .started("netkvm", "e1i63x64", "wfplwfs");
    }

    /** Adds what a Windows starts by: a boot manager for BIOS on the same volume, the loader, and drivers. */
    private WindowsImage started(String... more) {
        List<String> drivers = new ArrayList<>(List.of(more));
        drivers.addAll(List.of("pci", "ACPI", "disk", "partmgr", "volmgr", "mountmgr", "ndis", "tcpip"));
        drivers.addAll(List.of("msiscsi", "storport", "pacer"));
        drivers.forEach(driver -> file("Windows/System32/drivers/" + driver + ".sys", FILE));
        file("bootmgr", FILE);
        file("Boot/BCD", hive("[Description]", "[Objects]"));
        file("Windows/System32/winload.exe", FILE);
        return file("Windows/System32/winload.efi", FILE);
    }

    public WindowsImage sizes(int sector, int cluster) {
        sectorSize = sector;
        clusterSize = cluster;
        mebibytes = cluster > 4096 ? 64 : mebibytes;
        return this;
    }

    public WindowsImage mebibytes(int size) {
        mebibytes = size;
        return this;
    }

    /** Lets the SYSTEM hive grow in turns with another file, so that it ends up in pieces. */
    public WindowsImage inPieces(int count) {
        pieces = count;
        return this;
    }

    /** Gives the volume a log of Windows', where mkntfs makes an empty one. */
    public WindowsImage log(RestartPages pages) {
        log = Optional.of(pages);
        return this;
    }

    /** Leaves the volume as a power cut does. */
    public WindowsImage uncleanLog() {
        return log(new RestartPages());
    }

    /** Makes the volume alone. */
    public Path volume() {
        try {
            Path tree = Files.createTempDirectory(directory, "tree");
            byte[] whole = files.get(SYSTEM);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = tree.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                if (file.getKey().equals("hiberfil.sys")) {
                    continue; // wimlib leaves it out, as Windows' own imaging does.
                }
                boolean grows = pieces > 1 && file.getKey().equals(SYSTEM);
                Files.write(path, grows ? Arrays.copyOf(whole, whole.length / pieces) : file.getValue());
            }
            if (pieces > 1) {
                Files.write(tree.resolve("spacer"), new byte[1]);
            }
            Path wim = directory.resolve(tree.getFileName() + ".wim");
            Tools.run("wimlib-imagex", "capture", tree, wim, "--compress=none");
            Path volume = directory.resolve(tree.getFileName() + ".ntfs");
            try (RandomAccessFile file = new RandomAccessFile(volume.toFile(), "rw")) {
                file.setLength((long) mebibytes << 20);
            }
            Tools.run("mkntfs", "-F", "-q", "-s", sectorSize, "-c", clusterSize, volume);
            Tools.run("wimlib-imagex", "apply", wim, "1", volume);
            if (files.containsKey("hiberfil.sys")) {
                copy(volume, "hiberfil.sys", files.get("hiberfil.sys"));
            }
            for (int piece = 2; piece <= pieces; piece++) {
                long length = (long) whole.length * piece / pieces;
                copy(volume, SYSTEM, Arrays.copyOf(whole, (int) length));
                copy(volume, "spacer", new byte[clusterSize * piece]);
            }
            if (log.isPresent()) {
                byte[] page = log.get().page();
                copy(volume, "$LogFile", RestartPages.log(page, page));
            }
            return volume;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void copy(Path volume, String path, byte[] contents) throws IOException {
        Path source = directory.resolve("contents");
        Files.write(source, contents);
        Tools.run("ntfscp", "-f", "-q", volume, source, path);
    }

    /** Makes a whole disk. */
    public Path disk(Table table) {
        Path volume = volume();
        return table == Table.NONE ? volume : cutUp(volume, table);
    }

    static Path cutUp(Path volume, Table table) {
        try {
            long start = 2 << 20;
            long size = Files.size(volume);
            Path disk = volume.resolveSibling(volume.getFileName() + ".disk");
            try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
                file.setLength(start + size + (1 << 20));
                file.seek(start);
                file.write(Files.readAllBytes(volume));
            }
            if (table == Table.GPT_4096) { // sfdisk takes an image's sectors to have 512 bytes, fdisk can be told.
                String keys = "g\nn\n1\n256\n263\nn\n2\n%d\n%d\nw\n".formatted(start / 4096, (start + size) / 4096 - 1);
                Tools.runWithInput(keys, "fdisk", "-b", "4096", disk);
                return disk;
            }
            String at = "start=%d,size=%d".formatted(start / 512, size / 512);
            String script = switch (table) {
                case MBR -> "label: dos\nstart=64,size=64,type=83\n" + at + ",type=7,bootable\n";
                case MBR_LOGICAL ->
                    "label: dos\n1: start=64,type=5\n5: start=128,size=64,type=83\n6: " + at + ",type=7\n";
                case GPT ->
                    "label: gpt\nstart=2048,size=8,type=U\n%s,type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n"
                            .formatted(at);
                case NONE, GPT_4096 -> throw new IllegalArgumentException();
            };
            Tools.runWithInput(script, "sfdisk", "-q", disk);
            return disk;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
