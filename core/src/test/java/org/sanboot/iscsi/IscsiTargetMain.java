package org.sanboot.iscsi;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.block.BlockDevice;

/** Runs the target by hand: FILE [ro] [size=BYTES] [portal=PORT]... [chap=NAME:SECRET] [mutual=NAME:SECRET] [lun=N]. */
public final class IscsiTargetMain {

    private IscsiTargetMain() {}

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        boolean readOnly = false;
        long size = 1L << 30;
        int lun = 0;
        List<InetSocketAddress> portals = new ArrayList<>();
        ChapCredentials chap = null;
        ChapCredentials mutual = null;
        for (String argument : List.of(arguments).subList(1, arguments.length)) {
            String value = argument.substring(argument.indexOf('=') + 1);
            switch (argument.split("=")[0]) {
                case "ro" -> readOnly = true;
                case "size" -> size = Long.parseLong(value);
                case "lun" -> lun = Integer.parseInt(value);
                case "portal" -> portals.add(new InetSocketAddress("127.0.0.1", Integer.parseInt(value)));
                case "chap" -> chap = new ChapCredentials(value.split(":")[0], value.split(":")[1]);
                case "mutual" -> mutual = new ChapCredentials(value.split(":")[0], value.split(":")[1]);
                default -> throw new IllegalArgumentException(argument);
            }
        }
        BlockDevice device =
                Files.exists(file) ? FileBlockDevice.open(file, readOnly) : FileBlockDevice.blank(file, size);
        IscsiServer server =
                IscsiServer.start(IscsiServerConfiguration.listeningOn(portals.toArray(InetSocketAddress[]::new)));
        var export = ExportConfiguration.named(new Iqn("iqn.2026-01.org.sanboot:test"))
                .lun(lun, device);
        if (mutual != null) {
            export.mutualChap(chap, mutual);
        } else if (chap != null) {
            export.chap(chap);
        }
        server.export(export.build());
        for (InetSocketAddress portal : server.portals()) {
            System.out.println("iscsi://127.0.0.1:" + portal.getPort() + "/iqn.2026-01.org.sanboot:test/" + lun);
        }
        Thread.sleep(Long.MAX_VALUE);
    }
}
