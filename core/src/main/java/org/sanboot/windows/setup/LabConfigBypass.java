package org.sanboot.windows.setup;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A demand of Windows 11 on the machine that its setup can be told not to make, by a value under {@code
 * HKLM\SYSTEM\Setup\LabConfig} of the setup's own registry.
 *
 * <p>Not documented by Microsoft; known from the setup programs themselves and used by Rufus and others since 2021. There
 * is none for the processors: nobody has found the {@code BypassCPUCheck} that is often named in those programs (Michael
 * Niehaus, "Bypassing Windows 11 hardware requirements, revisited", 2022; Rufus, issue 1809).
 */
public enum LabConfigBypass {
    /** A TPM 2.0. */
    TPM("BypassTPMCheck"),
    /** Secure Boot, which Sanboot's machines are started without. */
    SECURE_BOOT("BypassSecureBootCheck"),
    /** 4 GiB of memory. */
    RAM("BypassRAMCheck");

    private final String value;

    LabConfigBypass(String value) {
        this.value = value;
    }

    /** The registry value's name. */
    String value() {
        return value;
    }

    /**
     * Returns the name to type.
     *
     * @return such as {@code secure-boot}
     */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Looks a demand up.
     *
     * @param id as it is typed
     * @return the demand, or nothing
     */
    public static Optional<LabConfigBypass> of(String id) {
        return Arrays.stream(values()).filter(bypass -> bypass.id().equals(id)).findFirst();
    }
}
