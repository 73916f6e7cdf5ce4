package org.sanboot.iscsi.scsi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Registrations and reservations of one logical unit: PERSISTENT RESERVE OUT (SPC-4 5.13, 6.16) and RESERVE(6) (SPC-2 7.21).
 *
 * <p>Persistence through power loss is offered and costs nothing: the logical unit never loses power while it exists.
 * State changes hold the monitor; the check that every read and write makes does not.
 */
final class Reservations {

    private final BiConsumer<InitiatorPort, AdditionalSense> notifier;
    private final Consumer<InitiatorPort> aborter;

    private final Map<InitiatorPort, Long> keys = new LinkedHashMap<>();
    private @Nullable InitiatorPort holder;
    private @Nullable ReservationType type;
    private int generation;
    private boolean persistsThroughPowerLoss;
    private @Nullable Nexus reservedBy;

    /** Whether anything is reserved at all, for those who only want to read or write. */
    private volatile boolean reserved;

    /**
     * Creates an empty set.
     *
     * @param notifier establishes a unit attention for an initiator port
     * @param aborter aborts the commands of an initiator port
     */
    Reservations(BiConsumer<InitiatorPort, AdditionalSense> notifier, Consumer<InitiatorPort> aborter) {
        this.notifier = notifier;
        this.aborter = aborter;
    }

    /** Throws a reservation conflict where a reservation stands against a command. */
    void check(Nexus nexus, Command.Access access) {
        if (reserved && conflicts(nexus, access)) {
            throw ScsiException.reservationConflict();
        }
    }

    private synchronized boolean conflicts(Nexus nexus, Command.Access access) {
        if (access == Command.Access.ALWAYS_EVEN_RESERVED || access == Command.Access.RESERVATION) {
            return false;
        }
        if (reservedBy != null) {
            return reservedBy != nexus;
        }
        ReservationType current = type;
        if (current == null || access == Command.Access.ALWAYS || isHolder(nexus.initiatorPort())) {
            return false;
        }
        boolean admitted = current.admitsRegistrants() && keys.containsKey(nexus.initiatorPort());
        return !admitted && (access == Command.Access.WRITE || current.isExclusive());
    }

    private boolean isHolder(InitiatorPort port) {
        ReservationType current = type;
        return current != null && (current.isHeldByAll() ? keys.containsKey(port) : port.equals(holder));
    }

    private void changed() {
        reserved = type != null || reservedBy != null;
    }

    // RESERVE(6) and RELEASE(6)

    synchronized void reserve(Nexus nexus) {
        boolean otherHolds = reservedBy != null && reservedBy != nexus;
        if (otherHolds || !keys.isEmpty()) {
            throw ScsiException.reservationConflict();
        }
        reservedBy = nexus;
        changed();
    }

    /** Ends the reservation of this initiator; that of another one stays, and is no error (SPC-2 7.16). */
    synchronized void release(Nexus nexus) {
        if (reservedBy == nexus) {
            reservedBy = null;
            changed();
        }
    }

    /** Ends every RESERVE(6), as a reset does; persistent reservations stay. */
    synchronized void reset() {
        reservedBy = null;
        changed();
    }

    // PERSISTENT RESERVE OUT

    synchronized void register(InitiatorPort port, PersistentReserveOut out, boolean ignoreKey) {
        Long key = keys.get(port);
        if (!ignoreKey && out.key() != (key == null ? 0 : key)) {
            throw ScsiException.reservationConflict();
        }
        if (reservedBy != null) {
            throw ScsiException.reservationConflict();
        }
        if (out.serviceActionKey() != 0) {
            keys.put(port, out.serviceActionKey());
            generation++;
        } else if (key != null) {
            unregister(port);
            generation++;
        }
        persistsThroughPowerLoss = out.persists() && !keys.isEmpty();
    }

    private void unregister(InitiatorPort port) {
        boolean held = isHolder(port);
        keys.remove(port);
        ReservationType current = type;
        if (held && current != null && (!current.isHeldByAll() || keys.isEmpty())) {
            endReservation();
            if (current.admitsRegistrants()) {
                notifyRegistrants(port, AdditionalSense.RESERVATIONS_RELEASED);
            }
        }
    }

    private void endReservation() {
        holder = null;
        type = null;
        changed();
    }

    private void startReservation(InitiatorPort port, ReservationType newType) {
        holder = port;
        type = newType;
        changed();
    }

    private void notifyRegistrants(InitiatorPort except, AdditionalSense sense) {
        keys.keySet().stream().filter(port -> !port.equals(except)).forEach(port -> notifier.accept(port, sense));
    }

    private void requireRegistered(InitiatorPort port, PersistentReserveOut out) {
        Long key = keys.get(port);
        if (key == null || key != out.key()) {
            throw ScsiException.reservationConflict();
        }
    }

    synchronized void reserve(InitiatorPort port, PersistentReserveOut out) {
        requireRegistered(port, out);
        ReservationType wanted = out.type();
        if (type == null) {
            startReservation(port, wanted);
        } else if (!isHolder(port) || type != wanted) {
            throw ScsiException.reservationConflict();
        }
    }

    synchronized void release(InitiatorPort port, PersistentReserveOut out) {
        requireRegistered(port, out);
        ReservationType current = type;
        if (current == null || !isHolder(port)) {
            return;
        }
        if (current != out.type()) {
            throw new ScsiException(AdditionalSense.INVALID_RELEASE_OF_PERSISTENT_RESERVATION);
        }
        endReservation();
        if (current.admitsRegistrants()) {
            notifyRegistrants(port, AdditionalSense.RESERVATIONS_RELEASED);
        }
    }

    synchronized void clear(InitiatorPort port, PersistentReserveOut out) {
        requireRegistered(port, out);
        notifyRegistrants(port, AdditionalSense.RESERVATIONS_PREEMPTED);
        keys.clear();
        endReservation();
        persistsThroughPowerLoss = false;
        generation++;
    }

    /** PREEMPT and PREEMPT AND ABORT (SPC-4 5.13.11.4). */
    void preempt(InitiatorPort port, PersistentReserveOut out, boolean abort) {
        List<InitiatorPort> removed = preempt(port, out);
        if (abort) {
            removed.forEach(aborter);
        }
    }

    private synchronized List<InitiatorPort> preempt(InitiatorPort port, PersistentReserveOut out) {
        requireRegistered(port, out);
        ReservationType current = type;
        long victim = out.serviceActionKey();
        boolean allOthers = current != null && current.isHeldByAll() && victim == 0;
        boolean holdersKey =
                current != null && !current.isHeldByAll() && holder != null && keys.getOrDefault(holder, 0L) == victim;
        boolean takesOver = allOthers || holdersKey;
        if (victim == 0 && !allOthers) {
            throw ScsiException.invalidParameter(8);
        }
        List<InitiatorPort> removed = new ArrayList<>();
        keys.forEach((other, key) -> {
            if (!other.equals(port) && (allOthers || key == victim)) {
                removed.add(other);
            }
        });
        if (removed.isEmpty() && !takesOver && keys.values().stream().noneMatch(key -> key == victim)) {
            throw ScsiException.reservationConflict();
        }
        ReservationType wanted = takesOver ? out.type() : current;
        removed.forEach(keys::remove);
        removed.forEach(other -> notifier.accept(other, AdditionalSense.REGISTRATIONS_PREEMPTED));
        if (takesOver && wanted != null) {
            startReservation(port, wanted);
            if (current != wanted && current != null && current.admitsRegistrants()) {
                notifyRegistrants(port, AdditionalSense.RESERVATIONS_RELEASED);
            }
        } else if (current != null && current.isHeldByAll() && keys.isEmpty()) {
            endReservation();
        }
        generation++;
        return removed;
    }

    /** REGISTER AND MOVE (SPC-4 5.13.8): the reservation goes to another initiator port, which it registers. */
    synchronized void move(InitiatorPort port, PersistentReserveOut out) {
        requireRegistered(port, out);
        ReservationType current = type;
        InitiatorPort receiver = out.receiver();
        if (current == null) {
            throw ScsiException.invalidField(1);
        }
        if (!isHolder(port) || current.isHeldByAll()) {
            throw ScsiException.reservationConflict();
        }
        if (out.serviceActionKey() == 0) {
            throw ScsiException.invalidParameter(8);
        }
        if (receiver == null || receiver.equals(port)) {
            throw ScsiException.invalidParameter(24);
        }
        keys.put(receiver, out.serviceActionKey());
        startReservation(receiver, current);
        if (out.unregisters()) {
            keys.remove(port);
        }
        persistsThroughPowerLoss = out.persists();
        generation++;
    }

    // PERSISTENT RESERVE IN

    /**
     * What PERSISTENT RESERVE IN shows.
     *
     * @param generation counts changes of registrations
     * @param keys by initiator port
     * @param holder null where nothing is reserved, or all registrants hold it
     * @param type null where nothing is reserved
     * @param persistsThroughPowerLoss as the last registration asked
     */
    record Snapshot(
            int generation,
            Map<InitiatorPort, Long> keys,
            @Nullable InitiatorPort holder,
            @Nullable ReservationType type,
            boolean persistsThroughPowerLoss) {

        boolean isHolder(InitiatorPort port) {
            return type != null && (type.isHeldByAll() || port.equals(holder));
        }
    }

    synchronized Snapshot snapshot() {
        ReservationType current = type;
        boolean byAll = current != null && current.isHeldByAll();
        return new Snapshot(
                generation, new LinkedHashMap<>(keys), byAll ? null : holder, current, persistsThroughPowerLoss);
    }
}
