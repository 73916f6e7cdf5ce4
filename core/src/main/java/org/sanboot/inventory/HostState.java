package org.sanboot.inventory;

import java.time.Instant;
import java.util.Optional;

/**
 * How a host stands.
 *
 * @param host its name
 * @param holder who holds it, if anybody does
 * @param purpose what for; empty when nobody holds it
 * @param since when it was leased or set aside, if it is
 * @param abandoned whether its holder has died or gives no sign of life
 * @param failedBoots in a row
 * @param setAside why it is not handed out, if it is not
 */
public record HostState(
        String host,
        Optional<LeaseOwner> holder,
        String purpose,
        Optional<Instant> since,
        boolean abandoned,
        int failedBoots,
        Optional<String> setAside) {}
