package org.sanboot.windows;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ethernet card that was set up in an installation, and that it may boot from.
 *
 * @param key where its settings are, from the hive's root on
 * @param description its name for people
 * @param instance the device instance: bus, model, and place or serial number
 * @param state whether Windows starts it
 * @param parent the bus driver that finds it, as far as it is a service of the bus's name
 * @param service its driver
 * @param filters the lightweight filters bound to it, the topmost first
 */
public record NetworkCard(
        String key,
        String description,
        String instance,
        State state,
        Optional<DriverService> parent,
        DriverService service,
        List<NetworkFilter> filters) {

    /** A bus driver of a vendor's names a card after the PCI device that it sits on: device, then vendor. */
    private static final Pattern BEHIND_A_BUS_DRIVER = Pattern.compile("PCI_([0-9A-F]{4})([0-9A-F]{4})");

    /** What the device tree says of a card. */
    public enum State {
        /** It is in the device tree, and not disabled. */
        ENABLED,
        /** Somebody disabled it: {@code CONFIGFLAG_DISABLED}, bit 0 of its {@code ConfigFlags} (Windows SDK, regstr.h). */
        DISABLED,
        /** It is not in the device tree. */
        NOT_FOUND
    }

    /** Makes the list immutable. */
    public NetworkCard {
        filters = List.copyOf(filters);
    }

    /**
     * Tells whether the card is of a model.
     *
     * @param hardwareId such as {@code PCI\VEN_8086&DEV_100E}
     * @return true whatever its revision and subsystem
     */
    public boolean isModel(String hardwareId) {
        String mine = isBehindABusDriver() ? hardwareId() : instance;
        return mine.toUpperCase(Locale.ROOT).startsWith(hardwareId.toUpperCase(Locale.ROOT));
    }

    /**
     * Tells whether the card may be the one that a device shows itself as.
     *
     * @param deviceId with subsystem and revision, such as {@code PCI\VEN_8086&DEV_100E&SUBSYS_11001AF4&REV_03}
     * @return false when it differs in what the instance says of vendor, device, subsystem and revision
     */
    public boolean isVariant(String deviceId) {
        List<String> theirs = List.of(deviceId.toUpperCase(Locale.ROOT).split("[\\\\&]"));
        return Arrays.stream(deviceId().toUpperCase(Locale.ROOT).split("[\\\\&]"))
                .filter(part -> part.matches("(?s)(VEN|DEV|SUBSYS|REV)_.*"))
                .allMatch(theirs::contains);
    }

    /** Returns the instance without place and serial number. */
    String deviceId() {
        String[] parts = instance.split("\\\\", 3);
        return parts.length < 2 ? instance : parts[0] + "\\" + parts[1];
    }

    /**
     * Returns the model.
     *
     * @return such as {@code PCI\VEN_8086&DEV_100E}, that of the PCI device also for a card behind a vendor's bus driver
     */
    public String hardwareId() {
        Matcher behind = BEHIND_A_BUS_DRIVER.matcher(deviceId().toUpperCase(Locale.ROOT));
        if (isBehindABusDriver() && behind.find()) {
            return "PCI\\VEN_%s&DEV_%s".formatted(behind.group(2), behind.group(1));
        }
        String[] parts = instance.split("\\\\|&", 4);
        boolean hasDevice =
                parts.length >= 3 && parts[2].toUpperCase(Locale.ROOT).startsWith("DEV_");
        return !hasDevice ? deviceId() : "%s\\%s&%s".formatted(parts[0], parts[1], parts[2]);
    }

    /**
     * Returns where the card sits, which Windows has written into the instance's last part: a byte of device and
     * function for the card, then one for each bridge above it (as seen on real machines; not documented).
     *
     * @return {@code device.function} in hexadecimal from the root on, such as {@code 1c.1/00.0}; nothing for a card
     *     that is known by its serial number
     */
    public Optional<String> location() {
        String last = instance.substring(instance.lastIndexOf('\\') + 1);
        String path = last.substring(last.lastIndexOf('&') + 1);
        if (isKnownBySerialNumber() || isBehindABusDriver() || !path.matches("([0-9A-Fa-f]{2})+")) {
            return Optional.empty();
        }
        StringBuilder location = new StringBuilder();
        for (int at = path.length() - 2; at >= 0; at -= 2) {
            int place = Integer.parseInt(path.substring(at, at + 2), 16);
            location.append(location.isEmpty() ? "" : "/").append("%02x.%x".formatted(place >> 3, place & 7));
        }
        return Optional.of(location.toString());
    }

    /**
     * Tells whether Windows knows the card by a serial number, which is made of its MAC address, instead of its place.
     *
     * @return true for an instance that ends in a serial number
     */
    public boolean isKnownBySerialNumber() {
        return !instance.substring(instance.lastIndexOf('\\') + 1).contains("&");
    }

    /**
     * Tells whether a vendor's bus driver makes the card out of a PCI device, as in {@code
     * B06BDRV\L2ND&PCI_163914E4&SUBSYS_02361028&REV_20\5&2B2F0F4&0&20050100}.
     *
     * @return true for an instance of that kind
     */
    public boolean isBehindABusDriver() {
        return !busDriver().equalsIgnoreCase("PCI")
                && BEHIND_A_BUS_DRIVER
                        .matcher(deviceId().toUpperCase(Locale.ROOT))
                        .find();
    }

    /** Returns what has found the card, the instance's first part. */
    String busDriver() {
        return instance.split("\\\\", 2)[0];
    }
}
