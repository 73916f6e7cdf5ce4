package org.sanboot.windows.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sanboot.boot.Firmware;
import org.sanboot.testing.TestHome;

/** Editions as their media describe them, drivers, and options that fit. */
final class Samples {

    static final String SSH_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl tests";

    static final WindowsEdition WINDOWS_7 = client(4, "Windows 7 PROFESSIONAL", "Professional", 6, 1, 7601);
    static final WindowsEdition WINDOWS_10 = client(6, "Windows 10 Pro", "Professional", 10, 0, 19041);
    static final WindowsEdition WINDOWS_11 = client(6, "Windows 11 Pro", "Professional", 10, 0, 26100);
    static final WindowsEdition SERVER_2019 =
            server(2, "Windows Server 2019 SERVERSTANDARD", "ServerStandardEval", 17763);
    static final WindowsEdition SERVER_2025 =
            server(2, "Windows Server 2025 SERVERSTANDARD", "ServerStandardEval", 26100);

    static final WindowsEdition FRENCH_SERVER_2022 = new WindowsEdition(
            2,
            "Windows Server 2022 SERVERSTANDARD",
            "Windows Server 2022 Standard (expérience de bureau)",
            "ServerStandard",
            true,
            WindowsEdition.AMD64,
            10,
            0,
            20348,
            List.of("fr-FR"),
            "fr-FR");

    private Samples() {}

    private static WindowsEdition client(int index, String name, String id, int major, int minor, int build) {
        return new WindowsEdition(
                index, name, name, id, false, WindowsEdition.AMD64, major, minor, build, List.of("en-US"), "en-US");
    }

    private static WindowsEdition server(int index, String name, String id, int build) {
        return new WindowsEdition(
                index, name, name, id, true, WindowsEdition.AMD64, 10, 0, build, List.of("en-US"), "en-US");
    }

    /** What the golden files are made from, by the name of their folder. */
    static Map<String, SetupOptions> options(Path directory) {
        OpenSsh zip = new OpenSsh.Zip(directory.resolve("OpenSSH-Win64.zip"));
        OpenSsh installer = new OpenSsh.Installer(directory.resolve("OpenSSH-Win64.msi"));
        DriverFolder virtio = virtioDriver(directory.resolve("NetKVM"));
        return Map.of(
                "windows7",
                of(WINDOWS_7)
                        .openSsh(zip)
                        .productKey("FJ82H-XT6CR-J8D7P-XQJJ2-GPDD4")
                        .build(),
                "windows10",
                of(WINDOWS_10)
                        .openSsh(installer)
                        .firmware(Firmware.UEFI)
                        .networkAdapter(NetworkAdapter.VIRTIO)
                        .drivers(List.of(virtio))
                        .locale("de-DE")
                        .timeZone("W. Europe Standard Time")
                        .productKey("W269N-WFGWX-YVC9B-4J6C9-T83GX")
                        .build(),
                "windows11",
                of(WINDOWS_11).openSsh(zip).user("test team").build(),
                "server2019",
                of(SERVER_2019)
                        .openSsh(zip)
                        .networkAdapter(NetworkAdapter.VIRTIO)
                        .drivers(List.of(virtio))
                        .build(),
                "server2022-french",
                of(FRENCH_SERVER_2022)
                        .openSsh(installer)
                        .networkAdapter(NetworkAdapter.VIRTIO)
                        .drivers(List.of(virtioDriver(directory.resolve("Drivers"), "100% Windows")))
                        .timeZone("Romance Standard Time")
                        .build(),
                "server2025",
                of(SERVER_2025).firmware(Firmware.UEFI).build());
    }

    static SetupOptions.Builder of(WindowsEdition edition) {
        return SetupOptions.of(edition).sshKey(SSH_KEY).password("Sample <&> Pass-1");
    }

    static DriverFolder virtioDriver(Path directory) {
        return virtioDriver(directory, "w10/amd64");
    }

    /** An INF as virtio-win's is built: one for Windows 8 and later, and one for 10. */
    static DriverFolder virtioDriver(Path directory, String folder) {
        Path drivers = directory.resolve(folder);
        write(drivers.resolve("netkvm.inf"), """
                [Version]
                Signature = "$Windows NT$"
                Class = Net ; a comment, with [brackets]

                [Manufacturer]
                %VENDOR% = NetKVM, NTamd64.6.2, \\
                    NTamd64.10.0

                [NetKVM.NTamd64.6.2]
                %old% = kvmnet6.ndi, PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00, PCI\\VEN_1AF4&DEV_1000

                [NetKVM.NTamd64.10.0]
                %new% = kvmnet6.ndi, PCI\\VEN_1AF4&DEV_1000, PCI\\VEN_1AF4&DEV_1041
                """);
        write(drivers.resolve("netkvm.sys"), "a driver");
        return DriverFolder.of(directory);
    }

    /** Java names files in the encoding of the host's locale, and some have none but ASCII. */
    static void requireUnicodeNames() {
        TestHome.require(
                "UTF-8".equals(System.getProperty("sun.jnu.encoding")),
                "the locale has no UTF-8 for the names of files; LC_ALL=C.UTF-8 has");
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
