package org.sanboot.windows.setup;

import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLStreamException;
import org.sanboot.windows.setup.SetupRelease.Trait;

/**
 * Writes the answer file of an unattended installation.
 *
 * <p>Components and settings are those of Microsoft Learn, "Unattended Windows Setup Reference", where each has a page of
 * its name; which pass each belongs to is said there too. What differs by the version of Windows stands in {@link
 * SetupRelease}.
 */
final class AnswerFile {

    /** Within the running setup: what {@link DriverPlaces} are in. */
    static final String DRIVERS_IN_SETUP = "X:\\sanboot\\drivers";

    /** Within the installed system: what the boot disc's folder {@code sanboot\\system} is copied to. */
    static final String FOLDER = "C:\\sanboot";

    private static final String ADD = "add";

    private final SetupOptions options;
    private final SetupRelease release;
    private final DiskLayout disk;
    private final XmlText xml;

    private AnswerFile(SetupOptions options, XmlText xml) {
        this.options = options;
        this.release = options.release();
        this.disk = DiskLayout.of(options.firmware(), release);
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
            xml.element("DiskConfiguration", () -> disk.write(xml));
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
            xml.text("PartitionID", disk.windows());
        });
        xml.text("WillShowUI", "OnError");
    }

    private void userData() throws XMLStreamException {
        xml.text("AcceptEula", true);
        xml.element("ProductKey", () -> {
            if (options.productKey().isPresent()) {
                xml.text("Key", key(options.productKey().get()));
            }
            xml.text("WillShowUI", "OnError");
        });
    }

    private static String key(String typed) {
        return typed.toUpperCase(Locale.ROOT);
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
            if (options.productKey().isPresent() && release.has(Trait.ASKS_FOR_KEY_AT_FIRST_START)) {
                xml.text("ProductKey", key(options.productKey().get()));
            }
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

    private void firstStart() throws XMLStreamException {
        for (String page : release.hiddenPages()) {
            xml.text(page, true);
        }
        if (release.has(Trait.ASKS_FOR_NETWORK_LOCATION)) {
            xml.text("NetworkLocation", "Work");
        }
        // 3: neither updates nor anything else is switched on.
        xml.text("ProtectYourPC", 3);
    }

    private void accounts() throws XMLStreamException {
        // The first start of a server asks for this password, whichever accounts there are besides (Microsoft Learn,
        // "AdministratorPassword").
        if (release.has(Trait.ASKS_FOR_ADMINISTRATOR_PASSWORD)) {
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
