package org.sanboot.windows.setup;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.boot.Firmware;
import org.sanboot.windows.setup.SetupRelease.Trait;

/** Finds every mistake in the options of one installation. */
final class OptionChecks {

    /** Twenty-four characters that are not mistaken for each other, and N, which keys have since Windows 8. */
    private static final Pattern PRODUCT_KEY =
            Pattern.compile("[2346789BCDFGHJKMNPQRTVWXY]{5}(-[2346789BCDFGHJKMNPQRTVWXY]{5}){4}");

    /** Microsoft Learn, "Naming conventions in Active Directory": the rules for NetBIOS and DNS host names together. */
    private static final Pattern COMPUTER_NAME =
            Pattern.compile("(?!\\d+$)[A-Za-z0-9]([A-Za-z0-9-]{0,13}[A-Za-z0-9])?");

    private static final Pattern SSH_KEY = Pattern.compile("(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{40,}=*( .*)?");

    private final SetupOptions.Builder options;
    private final OpenSsh openSsh;
    private final List<String> problems;

    OptionChecks(SetupOptions.Builder options, OpenSsh openSsh, List<String> problems) {
        this.options = options;
        this.openSsh = openSsh;
        this.problems = problems;
    }

    void run() {
        checkEdition();
        checkKey();
        checkLocation();
        checkNames();
        checkSsh();
        checkDrivers();
        checkNetworkAdapter();
    }

    private void checkEdition() {
        WindowsEdition edition = options.edition;
        SetupRelease release = edition.release();
        if (edition.architecture() != WindowsEdition.AMD64) {
            problems.add("%s is for %s, and the machine is an x64 PC; take a medium for x64."
                    .formatted(edition.name(), edition.processor()));
        } else if (!edition.isAtLeast(6, 1)) {
            problems.add("%s is older than Windows 7, whose setup first took an iSCSI disk for granted."
                    .formatted(edition.name()));
        }
        if (release.has(Trait.NEEDS_BIOS) && options.firmware == Firmware.UEFI) {
            problems.add("Windows 7 and Server 2008 R2 need a BIOS: their boot screen calls interrupt 10h, which UEFI"
                    + " machines lack; use --firmware bios.");
        }
        if (release.has(Trait.MAKES_DEMANDS)) {
            problems.addAll(options.machine.problems(edition, options.bypasses));
        } else if (!options.bypasses.isEmpty()) {
            problems.add("Only Windows 11 makes demands on the machine that can be bypassed; %s makes none."
                    .formatted(edition.name()));
        }
    }

    private void checkKey() {
        Optional.ofNullable(options.productKey)
                .filter(key -> !key.equalsIgnoreCase(SetupOptions.NO_KEY))
                .filter(key ->
                        !PRODUCT_KEY.matcher(key.toUpperCase(Locale.ROOT)).matches())
                .ifPresent(key -> problems.add("The product key is malformed: it has five groups of five letters and"
                        + " digits with hyphens between, and none of A E I L O S U Z 0 1 5."));
        if (options.productKey == null && options.keyDemand.demand() == KeyDemand.Demand.ASKED) {
            problems.add(
                    "The setup of %s asks for a product key and would wait for it: %s; give one by --key, or --key none"
                                    .formatted(options.edition.name(), options.keyDemand.reason())
                            + " if you know better.");
        }
    }

    private void checkLocation() {
        String language = options.languageOrDefault();
        if (options.edition.languages().stream().noneMatch(language::equalsIgnoreCase)) {
            problems.add("%s has no user interface in %s; it has %s."
                    .formatted(options.edition.name(), language, String.join(", ", options.edition.languages())));
        }
        String locale = options.localeOrDefault();
        boolean known = Stream.of(Locale.getAvailableLocales())
                .filter(candidate -> !candidate.getCountry().isEmpty())
                .anyMatch(candidate -> candidate.toLanguageTag().equalsIgnoreCase(locale));
        if (!known) {
            problems.add("There is no locale %s; write a language and a region, such as en-GB.".formatted(locale));
        }
        TimeZones.problem(options.timeZone).ifPresent(problems::add);
    }

    private void checkNames() {
        if (!COMPUTER_NAME.matcher(options.computerName).matches()) {
            problems.add("The computer's name %s does not do: at most 15 letters, digits and hyphens, not digits alone."
                    .formatted(options.computerName));
        }
        AccountChecks accounts = options.accountChecks();
        accounts.nameProblem(options.computerName).ifPresent(problems::add);
        Optional.ofNullable(options.password).map(accounts::passwordProblems).ifPresent(problems::addAll);
    }

    private void checkSsh() {
        if (!SSH_KEY.matcher(options.sshKey).matches()) {
            problems.add("The ssh key is no public key: one line such as \"ssh-ed25519 AAAA... comment\".");
        }
        if (openSsh instanceof OpenSsh.Included && !options.edition.release().has(Trait.BRINGS_OPENSSH)) {
            problems.add("%s brings no OpenSSH server: give a release of Win32-OpenSSH by --openssh, %s."
                    .formatted(options.edition.name(), takesMsi() ? "as .msi or .zip" : "as .zip"));
        }
        if (openSsh instanceof OpenSsh.Installer && !takesMsi()) {
            problems.add("The MSI package of Win32-OpenSSH is for Windows 10 and later; give its .zip file.");
        }
    }

    private boolean takesMsi() {
        return options.edition.release().has(Trait.TAKES_OPENSSH_MSI);
    }

    private void checkDrivers() {
        options.drivers.stream()
                .flatMap(folder -> folder.drivers().stream())
                .flatMap(driver -> DriverPlaces.problem(driver).stream())
                .forEach(problems::add);
    }

    private void checkNetworkAdapter() {
        NetworkAdapter adapter = options.networkAdapter;
        List<InfFile> serving = options.drivers.stream()
                .flatMap(folder -> folder.serving(adapter, options.edition).stream())
                .toList();
        serving.stream()
                .filter(InfFile::isNetAdapterCx)
                .findFirst()
                .ifPresent(driver -> problems.add(
                        "The driver %s for the network card %s is based on NetAdapterCx, and Windows cannot boot from iSCSI by such a driver; give an older one that is based on NDIS, or take --network-card e1000."
                                .formatted(driver.file(), adapter.model())));
        if (adapter.isIncluded(options.edition) || !serving.isEmpty()) {
            return;
        }
        String others = options.drivers.stream()
                .flatMap(folder -> folder.serving(adapter).stream())
                .map(driver -> driver.name() + " is for " + driver.versions())
                .collect(Collectors.joining("; "));
        problems.add("%s has no driver for the network card %s, and there is none in the folders given by --drivers%s; "
                        .formatted(options.edition.name(), adapter.model(), others.isEmpty() ? "" : " (" + others + ")")
                + "setup would not see its disk: " + adapter.remedy());
    }
}
