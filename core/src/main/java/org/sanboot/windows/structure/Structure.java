package org.sanboot.windows.structure;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.sanboot.InfrastructureException;

/** A little-endian structure in memory; reading outside of it says that the structure is damaged. */
public final class Structure {

    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private final String name;
    private final ByteBuffer bytes;

    /**
     * Wraps bytes without copying them.
     *
     * @param name begins a sentence such as "MFT record 5 is damaged"
     * @param bytes the whole structure
     */
    public Structure(String name, byte[] bytes) {
        this.name = name;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Returns the length.
     *
     * @return bytes
     */
    public int length() {
        return bytes.limit();
    }

    /**
     * Returns what the structure is called in messages.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Reads one byte.
     *
     * @param at offset in bytes
     * @return 0 to 255
     */
    public int unsigned8(int at) {
        return bytes.get(check(at, 1)) & 0xff;
    }

    /**
     * Reads two bytes.
     *
     * @param at offset in bytes
     * @return 0 to 65535
     */
    public int unsigned16(int at) {
        return bytes.getShort(check(at, 2)) & 0xffff;
    }

    /**
     * Reads four bytes.
     *
     * @param at offset in bytes
     * @return a signed number
     */
    public int signed32(int at) {
        return bytes.getInt(check(at, 4));
    }

    /**
     * Reads four bytes.
     *
     * @param at offset in bytes
     * @return 0 to 2^32-1
     */
    public long unsigned32(int at) {
        return signed32(at) & 0xffff_ffffL;
    }

    /**
     * Reads eight bytes.
     *
     * @param at offset in bytes
     * @return a signed number
     */
    public long signed64(int at) {
        return bytes.getLong(check(at, 8));
    }

    /**
     * Reads eight bytes that are a count, a size or an offset.
     *
     * @param at offset in bytes
     * @return 0 to 2^63-1
     */
    public long positive64(int at) {
        long value = signed64(at);
        if (value < 0) {
            throw damaged("the number at byte %d is too large".formatted(at));
        }
        return value;
    }

    /**
     * Copies bytes.
     *
     * @param at offset in bytes
     * @param length how many
     * @return a new array
     */
    public byte[] bytes(int at, int length) {
        check(at, length);
        int start = bytes.arrayOffset() + at;
        return Arrays.copyOfRange(bytes.array(), start, start + length);
    }

    /**
     * Reads characters of one byte each, as Latin-1.
     *
     * @param at offset in bytes
     * @param length in bytes
     * @return the text, nothing trimmed
     */
    public String latin1(int at, int length) {
        return new String(bytes(at, length), StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads UTF-16LE.
     *
     * @param at offset in bytes
     * @param length in bytes
     * @return the text, nothing trimmed
     */
    public String utf16(int at, int length) {
        return new String(bytes(at, length), StandardCharsets.UTF_16LE);
    }

    /**
     * Tells whether a signature is where it belongs.
     *
     * @param at offset in bytes
     * @param signature ASCII
     * @return false also when the structure ends before it
     */
    public boolean has(int at, String signature) {
        return at + signature.length() <= length()
                && latin1(at, signature.length()).equals(signature);
    }

    /**
     * Views a part.
     *
     * @param at offset in bytes
     * @param length in bytes
     * @return a structure of the same name over a copy of the bytes
     */
    public Structure part(int at, int length) {
        check(at, length);
        return new Structure(name, bytes(at, length));
    }

    /**
     * Makes the error for a structure whose content cannot be right.
     *
     * @param why completes "... is damaged: "
     * @return the error, to be thrown
     */
    public InfrastructureException damaged(String why) {
        return damaged(name, why);
    }

    /**
     * Makes the error for a structure whose content cannot be right.
     *
     * @param name begins the sentence
     * @param why completes "... is damaged: "
     * @return the error, to be thrown
     */
    public static InfrastructureException damaged(String name, String why) {
        return new InfrastructureException("%s is damaged: %s.".formatted(printable(name), why));
    }

    /**
     * Makes a text from a disk fit for a terminal, which takes some characters for commands.
     *
     * @param text from anywhere
     * @return the same without control and format characters, with a question mark for each
     */
    public static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }

    private int check(int at, int size) {
        if (at < 0 || size < 0 || at > length() - size) {
            throw damaged("it should go on to byte %d but has %d".formatted((long) at + size, length()));
        }
        return at;
    }
}
