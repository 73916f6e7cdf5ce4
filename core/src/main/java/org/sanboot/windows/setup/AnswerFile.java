package org.sanboot.windows.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLStreamException;
import org.sanboot.boot.Firmware;

/**
 * Writes the answer file of an unattended installation.
 *
 * <p>Components and settings are those of Microsoft Learn, "Unattended Windows Setup Reference", where each has a page of
 * its name; which pass each belongs to is said there too. Nothing but the windowsPE pass differs by firmware, and little
 * by the version of Windows.
 */
final class AnswerFile {

    /** Within the running setup: what {@link DriverPlaces} are in. */
    static final String DRIVERS_IN_SETUP = "X:\\sanboot\\drivers";

    /** Within the installed system: what the boot disc's folder {@code sanboot\\system} is copied to. */
    static final String FOLDER = "C:\\sanboot";

    private static final String ADD = "add";

    private final SetupOptions options;
    private final XmlText xml;

    private AnswerFile(SetupOptions options, XmlText xml) {
        this.options = options;
        this.xml = xml;
    }

    static String of(SetupOptions options) {
        return document(xml -> {
            AnswerFile file = new AnswerFile(options, xml);
            xml.element("settings", file::windowsPe, "pass", "windowsPE");
            xml.element("settings", file::specialize, "pass", "specialize");
            xml.element("settings", file::oobeSystem, "pass", "oobeSystem");
        });
    }

    /**
     * The answers that the installed system keeps, without a password in them: what {@code sysprep /generalize} is to leave
     * alone, when somebody runs it on the image, are the drivers that it boots with.
     */
    static String forSysprep() {
        return document(xml -> xml.element("settings", () -> generalize(xml), "pass", "generalize"));
    }

    /** The passes of an answer file. */
    @FunctionalInterface
    private interface Passes {
        void write(XmlText xml) throws XMLStreamException;
    }

    private static String document(Passes passes) {
        try {
            XmlText xml = new XmlText();
            xml.element(
                    "unattend",
                    () -> passes.write(xml),
                    "xmlns",
                    "urn:schemas-microsoft-com:unattend",
                    "xmlns:wcm",
                    "http://schemas.microsoft.com/WMIConfig/2002/State");
            return xml.end();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("text in memory cannot be written", e);
        }
    }

    private void component(String name, XmlText.Content content) throws XMLStreamException {
        component(xml, name, content);
    }

    private static void component(XmlText xml, String name, XmlText.Content content) throws XMLStreamException {
        xml.element(
                "component",
                content,
                "name",
                name,
                "processorArchitecture",
                "amd64",
                "publicKeyToken",
                "31bf3856ad364e35",
                "language",
                "neutral",
                "versionScope",
                "nonSxS");
    }

    /** What runs before there is an installed system. */
    private void windowsPe() throws XMLStreamException {
        component("Microsoft-Windows-International-Core-WinPE", () -> {
            xml.element("SetupUILanguage", () -> xml.text("UILanguage", options.language()));
            locale();
        });
        if (!options.drivers().isEmpty()) {
            component("Microsoft-Windows-PnpCustomizationsWinPE", this::drivers);
        }
        component("Microsoft-Windows-Setup", () -> {
            xml.element("DiskConfiguration", this::disks);
            xml.element("DynamicUpdate", () -> {
                xml.text("Enable", false);
                xml.text("WillShowUI", "Never");
            });
            xml.element("ImageInstall", () -> xml.element("OSImage", this::image));
            xml.element("UserData", this::userData);
            commands(options.bypasses().stream()
                    .sorted()
                    .map(bypass ->
                            "reg.exe add HKLM\\SYSTEM\\Setup\\LabConfig /v " + bypass.value() + " /t REG_DWORD /d 1 /f")
                    .toList());
        });
    }

    private void locale() throws XMLStreamException {
        xml.text("InputLocale", options.locale());
        xml.text("SystemLocale", options.locale());
        xml.text("UILanguage", options.language());
        xml.text("UserLocale", options.locale());
    }

    /** Setup adds drivers that it is given here to the installed system too ("Add device drivers during Setup"). */
    private void drivers() throws XMLStreamException {
        xml.element("DriverPaths", () -> {
            xml.element(
                    "PathAndCredentials",
                    () -> xml.text("Path", DRIVERS_IN_SETUP),
                    "wcm:action",
                    ADD,
                    "wcm:keyValue",
                    "1");
        });
    }

    /** The one disk of the machine is the iSCSI disk. */
    private void disks() throws XMLStreamException {
        xml.text("WillShowUI", "OnError");
        xml.element(
                "Disk",
                () -> {
                    xml.text("DiskID", 0);
                    xml.text("WillWipeDisk", true);
                    List<Partition> partitions = partitions();
                    xml.element("CreatePartitions", () -> {
                        for (Partition partition : partitions) {
                            create(partition);
                        }
                    });
                    xml.element("ModifyPartitions", () -> {
                        for (Partition partition : partitions) {
                            if (!partition.format().isEmpty()) {
                                modify(partition);
                            }
                        }
                    });
                },
                "wcm:action",
                ADD);
    }

    /**
     * One partition of the disk.
     *
     * @param type as CreatePartition has it
     * @param mebibytes 0 for all the space that is left
     * @param format empty for a partition without a file system
     */
    private record Partition(int id, String type, int mebibytes, String format, String label) {}

    /**
     * Microsoft Learn, "UEFI/GPT-based hard drive partitions" and "BIOS/MBR-based hard drive partitions": the sizes there
     * do for disks of either sector size.
     */
    private List<Partition> partitions() {
        return options.firmware() == Firmware.UEFI
                ? List.of(
                        new Partition(1, "EFI", 260, "FAT32", "System"),
                        new Partition(2, "MSR", options.edition().is10OrLater() ? 16 : 128, "", ""),
                        new Partition(3, "Primary", 0, "NTFS", "Windows"))
                : List.of(
                        new Partition(1, "Primary", 500, "NTFS", "System"),
                        new Partition(2, "Primary", 0, "NTFS", "Windows"));
    }

    private void create(Partition partition) throws XMLStreamException {
        xml.element(
                "CreatePartition",
                () -> {
                    xml.text("Order", partition.id());
                    xml.text("Type", partition.type());
                    if (partition.mebibytes() == 0) {
                        xml.text("Extend", true);
                    } else {
                        xml.text("Size", partition.mebibytes());
                    }
                },
                "wcm:action",
                ADD);
    }

    private void modify(Partition partition) throws XMLStreamException {
        xml.element(
                "ModifyPartition",
                () -> {
                    xml.text("Order", partition.id());
                    xml.text("PartitionID", partition.id());
                    if (partition.id() == 1 && options.firmware() == Firmware.BIOS) {
                        xml.text("Active", true);
                    }
                    xml.text("Format", partition.format());
                    xml.text("Label", partition.label());
                    if (partition.label().equals("Windows")) {
                        xml.text("Letter", "C");
                    }
                },
                "wcm:action",
                ADD);
    }

    private void image() throws XMLStreamException {
        xml.element("InstallFrom", () -> {
            xml.element(
                    "MetaData",
                    () -> {
                        xml.text("Key", "/IMAGE/INDEX");
                        xml.text("Value", options.edition().index());
                    },
                    "wcm:action",
                    ADD);
        });
        xml.element("InstallTo", () -> {
            xml.text("DiskID", 0);
            xml.text("PartitionID", partitions().size());
        });
        xml.text("WillShowUI", "OnError");
    }

    private void userData() throws XMLStreamException {
        xml.text("AcceptEula", true);
        xml.element("ProductKey", () -> {
            if (options.productKey().isPresent()) {
                xml.text("Key", options.productKey().get().toUpperCase(Locale.ROOT));
            }
            xml.text("WillShowUI", "OnError");
        });
    }

    private static void generalize(XmlText xml) throws XMLStreamException {
        component(xml, "Microsoft-Windows-PnpSysprep", () -> {
            xml.text("DoNotCleanUpNonPresentDevices", true);
            xml.text("PersistAllDeviceInstalls", true);
        });
    }

    /** What runs as SYSTEM at the first start of the installed system. */
    private void specialize() throws XMLStreamException {
        component(
                "Microsoft-Windows-Deployment",
                () -> commands(List.of(
                        "cmd.exe /c for %d in (D E F G H I J K) do if exist %d:\\sanboot\\system"
                                + " xcopy.exe /e /i /y /q %d:\\sanboot\\system " + FOLDER,
                        "cmd.exe /c %s\\specialize.cmd > %s\\specialize.log 2>&1".formatted(FOLDER, FOLDER))));
        component("Microsoft-Windows-Shell-Setup", () -> {
            xml.text("ComputerName", options.computerName());
            xml.text("TimeZone", options.timeZone());
        });
    }

    private void commands(List<String> paths) throws XMLStreamException {
        if (paths.isEmpty()) {
            return;
        }
        xml.element("RunSynchronous", () -> {
            for (int i = 0; i < paths.size(); i++) {
                int order = i + 1;
                String path = paths.get(i);
                xml.element(
                        "RunSynchronousCommand",
                        () -> {
                            xml.text("Order", order);
                            xml.text("Path", path);
                        },
                        "wcm:action",
                        ADD);
            }
        });
    }

    /** What would ask somebody at the first start. */
    private void oobeSystem() throws XMLStreamException {
        component("Microsoft-Windows-International-Core", this::locale);
        component("Microsoft-Windows-Shell-Setup", () -> {
            xml.element("AutoLogon", () -> {
                xml.text("Enabled", true);
                xml.text("LogonCount", 1);
                xml.text("Username", options.user());
                password("Password");
            });
            xml.element("FirstLogonCommands", () -> {
                xml.element(
                        "SynchronousCommand",
                        () -> {
                            xml.text("Order", 1);
                            // Its window says what went wrong, so that nothing is redirected.
                            xml.text("CommandLine", "cmd.exe /c %s\\first-logon.cmd".formatted(FOLDER));
                        },
                        "wcm:action",
                        ADD);
            });
            xml.element("OOBE", this::firstStart);
            xml.element("UserAccounts", this::accounts);
        });
    }

    /** Each page is known since a version: an older setup refuses an answer file that names one it does not know. */
    private void firstStart() throws XMLStreamException {
        for (String page : pagesToHide(options.edition())) {
            xml.text(page, true);
        }
        if (options.edition().isWindows7()) {
            xml.text("NetworkLocation", "Work");
        }
        // 3: neither updates nor anything else is switched on.
        xml.text("ProtectYourPC", 3);
    }

    private static List<String> pagesToHide(WindowsEdition edition) {
        List<String> pages = new ArrayList<>(List.of("HideEULAPage"));
        if (edition.isAtLeast(6, 2)) {
            if (edition.server()) {
                pages.add("HideLocalAccountScreen");
            }
            pages.add("HideOEMRegistrationScreen");
            pages.add("HideOnlineAccountScreens");
        }
        pages.add("HideWirelessSetupInOOBE");
        return pages;
    }

    private void accounts() throws XMLStreamException {
        // The first start of a server asks for this password, whichever accounts there are besides (Microsoft Learn,
        // "AdministratorPassword").
        if (options.edition().server()) {
            password("AdministratorPassword");
        }
        if (options.usesBuiltInAdministrator()) {
            return;
        }
        xml.element("LocalAccounts", () -> {
            xml.element(
                    "LocalAccount",
                    () -> {
                        xml.text("Group", "Administrators");
                        xml.text("Name", options.user());
                        password("Password");
                    },
                    "wcm:action",
                    ADD);
        });
    }

    private void password(String element) throws XMLStreamException {
        xml.element(element, () -> {
            xml.text("PlainText", true);
            xml.text("Value", options.password());
        });
    }
}
