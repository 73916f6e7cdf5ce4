package org.sanboot.inventory;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.MacAddress;

/**
 * A computer that can be leased and booted.
 *
 * @param name unique within the inventory
 * @param type what it has in common with others
 * @param mac of the network card that it boots by
 * @param configuredAddress where its guest is reached, when that is fixed
 * @param power what switches it on and off
 * @param outlet what takes its power away when {@code power} does not answer any more
 * @param ownLabels its labels beside those of its type
 */
public record PhysicalHost(
        String name,
        MachineType type,
        MacAddress mac,
        @Nullable String configuredAddress,
        PowerConnection power,
        @Nullable PowerConnection outlet,
        Set<String> ownLabels) {

    /** The label that every physical host has. */
    public static final String PHYSICAL = "physical";

    /** Copies the labels. */
    public PhysicalHost {
        ownLabels = Set.copyOf(ownLabels);
    }

    /**
     * Returns all words that a requirement finds this host by.
     *
     * @return its name, its type, its firmware, {@value #PHYSICAL}, and the labels of its type and its own
     */
    public Set<String> labels() {
        return Stream.of(
                        Stream.of(name, type.name(), PHYSICAL, type.firmware().name()),
                        type.labels().stream(),
                        ownLabels.stream())
                .flatMap(labels -> labels)
                .map(Requirement::normal)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Returns where its guest is reached, when that is fixed.
     *
     * @return an address, or nothing when it is learnt from the boot
     */
    public Optional<String> address() {
        return Optional.ofNullable(configuredAddress);
    }
}
