package org.sanboot.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sanboot.ConfigurationException;

/** A file that an installer reads its answers from, or anything else that it needs beside its own media; immutable. */
public final class AnswerFile {

    private final String name;
    private final byte[] content;

    /**
     * Makes one of bytes.
     *
     * @param name what the installer finds it as, with {@code /} between directories
     * @param content what is in it
     * @throws ConfigurationException when the name is none that every medium takes
     */
    public AnswerFile(String name, byte[] content) {
        if (!name.matches("[A-Za-z0-9_$][A-Za-z0-9_.$-]*(/[A-Za-z0-9_$][A-Za-z0-9_.$-]*)*")) {
            throw new ConfigurationException(
                    "The answer file's name '%s' must consist of letters, digits and _ . $ -, with / between directories."
                            .formatted(name));
        }
        this.name = name;
        this.content = content.clone();
    }

    /**
     * Makes one of a text.
     *
     * @param name what the installer finds it as
     * @param text written as UTF-8
     * @return the file
     */
    public static AnswerFile of(String name, String text) {
        return new AnswerFile(name, text.getBytes(UTF_8));
    }

    /**
     * Makes one of a file.
     *
     * @param name what the installer finds it as
     * @param file read at once
     * @return the file
     * @throws ConfigurationException when it cannot be read
     */
    public static AnswerFile of(String name, Path file) {
        try {
            return new AnswerFile(name, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new ConfigurationException("The answer file %s cannot be read: %s".formatted(file, e), e);
        }
    }

    /**
     * Returns what the installer finds it as.
     *
     * @return with {@code /} between directories
     */
    public String name() {
        return name;
    }

    /**
     * Returns what is in it.
     *
     * @return a copy
     */
    public byte[] content() {
        return content.clone();
    }

    /** Returns its name and size; what is in it may be secret. */
    @Override
    public String toString() {
        return "%s (%d bytes)".formatted(name, content.length);
    }
}
