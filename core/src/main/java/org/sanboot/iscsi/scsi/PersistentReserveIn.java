package org.sanboot.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;

/** The answers of PERSISTENT RESERVE IN (SPC-4 6.15). */
final class PersistentReserveIn {

    /** The types offered: all six, as the mask of SPC-4 table 211. */
    private static final int TYPE_MASK = 0xEA01;

    private PersistentReserveIn() {}

    static byte[] readKeys(Reservations.Snapshot state) {
        ByteBuffer keys = ByteBuffer.allocate(state.keys().size() * Long.BYTES);
        state.keys().values().forEach(keys::putLong);
        return withHeader(state, keys.array());
    }

    static byte[] readReservation(Reservations.Snapshot state) {
        ReservationType type = state.type();
        if (type == null) {
            return withHeader(state, new byte[0]);
        }
        InitiatorPort holder = state.holder();
        long key = holder == null ? 0 : state.keys().getOrDefault(holder, 0L);
        byte[] descriptor = ByteBuffer.allocate(16)
                .putLong(0, key)
                .put(13, (byte) type.code())
                .array();
        return withHeader(state, descriptor);
    }

    static byte[] reportCapabilities(Reservations.Snapshot state) {
        ByteBuffer data = ByteBuffer.allocate(8);
        // ATP_C, since there is one target port; PTPL_C; the type mask is valid.
        data.putShort(0, (short) 8).put(2, (byte) 0x05);
        data.put(3, (byte) (state.persistsThroughPowerLoss() ? 0x81 : 0x80));
        return data.putShort(4, (short) TYPE_MASK).array();
    }

    static byte[] readFullStatus(Reservations.Snapshot state) {
        ByteArrayOutputStream descriptors = new ByteArrayOutputStream();
        for (Map.Entry<InitiatorPort, Long> registration : state.keys().entrySet()) {
            byte[] name = InquiryData.name(registration.getKey().portName());
            int idLength = Math.max(24, 4 + name.length);
            ByteBuffer descriptor = ByteBuffer.allocate(24 + idLength);
            descriptor.putLong(0, registration.getValue());
            ReservationType type = state.type();
            if (type != null && state.isHolder(registration.getKey())) {
                descriptor.put(12, (byte) 0x01).put(13, (byte) type.code());
            }
            descriptor.putShort(18, (short) 1).putInt(20, idLength);
            // A TransportID of iSCSI with the port's name (SPC-4 7.6.4.6).
            descriptor.put(24, (byte) 0x45).putShort(26, (short) (idLength - 4)).put(28, name);
            descriptors.writeBytes(descriptor.array());
        }
        return withHeader(state, descriptors.toByteArray());
    }

    private static byte[] withHeader(Reservations.Snapshot state, byte[] body) {
        return ByteBuffer.allocate(8 + body.length)
                .putInt(state.generation())
                .putInt(body.length)
                .put(body)
                .array();
    }
}
