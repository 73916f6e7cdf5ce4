package org.sanboot.windows;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An Ethernet card that was set up in an installation, and that it may boot from.
 *
 * @param key where its settings are, from the hive's root on
 * @param description its name for people
 * @param instance the device instance: bus, model, and place or serial number
 * @param service its driver
 * @param filters the lightweight filters bound to it, the topmost first
 */
public record NetworkCard(
        String key, String description, String instance, DriverService service, List<NetworkFilter> filters) {

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
        return instance.toUpperCase(Locale.ROOT).startsWith(hardwareId.toUpperCase(Locale.ROOT));
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
     * @return such as {@code PCI\VEN_8086&DEV_100E}
     */
    public String hardwareId() {
        String[] parts = instance.split("\\\\|&", 4);
        return parts.length < 3 ? instance : "%s\\%s&%s".formatted(parts[0], parts[1], parts[2]);
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
        if (isKnownBySerialNumber() || !path.matches("([0-9A-Fa-f]{2})+")) {
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
}
