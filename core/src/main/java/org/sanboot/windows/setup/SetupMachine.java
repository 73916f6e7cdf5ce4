package org.sanboot.windows.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The machine that Windows is installed in, as far as the setup of Windows 11 asks about it (Microsoft, "Windows 11
 * specifications"). It never has Secure Boot: Sanboot starts iPXE without a signature. The signed one that iPXE publishes
 * since 2.0.0, of March 2026, with a loader signed by Microsoft in front, is not used.
 *
 * @param tpm whether it has a TPM 2.0
 * @param memoryMebibytes its memory
 * @param cpus its processors
 */
record SetupMachine(boolean tpm, int memoryMebibytes, int cpus) {

    private static final int LEAST_MEMORY_MEBIBYTES = 4096;
    private static final int LEAST_CPUS = 2;

    /** What a machine has unless one says otherwise. */
    static final SetupMachine USUAL = new SetupMachine(false, LEAST_MEMORY_MEBIBYTES, LEAST_CPUS);

    /** Finds each demand that the machine does not meet and that is not passed over. */
    List<String> problems(WindowsEdition edition, Set<LabConfigBypass> bypasses) {
        List<String> problems = new ArrayList<>();
        if (!bypasses.contains(LabConfigBypass.SECURE_BOOT)) {
            problems.add(
                    "The setup of %s demands Secure Boot, which Sanboot starts its machines without: add secure-boot to --bypass."
                            .formatted(edition.name()));
        }
        if (!tpm && !bypasses.contains(LabConfigBypass.TPM)) {
            problems.add(
                    "The setup of %s demands a TPM 2.0, and the machine has none: add tpm to --bypass, or give --tpm."
                            .formatted(edition.name()));
        }
        if (memoryMebibytes < LEAST_MEMORY_MEBIBYTES && !bypasses.contains(LabConfigBypass.RAM)) {
            problems.add(
                    "The setup of %s demands 4 GiB of memory, and the machine has %d MiB: add ram to --bypass, or give --memory 4G."
                            .formatted(edition.name(), memoryMebibytes));
        }
        if (cpus < LEAST_CPUS) {
            problems.add(
                    "The setup of %s demands 2 processors, and the machine has %d; no switch of it is known to pass that over: give --cpus 2."
                            .formatted(edition.name(), cpus));
        }
        return problems;
    }
}
